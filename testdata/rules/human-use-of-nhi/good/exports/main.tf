resource "datadog_service_account" "software" {
  email = "software@example.com"
  roles = []
}

resource "datadog_service_account_application_key" "software" {
  service_account_id = datadog_service_account.software.id
  name               = "software"
}

resource "local_file" "exec" {
  filename = "${path.module}/kubeconfig"
  content = yamlencode({
    apiVersion      = "v1"
    kind            = "Config"
    current-context = "web"
    users           = [{ name = "people", user = { exec = { command = "aws", args = ["eks", "get-token"] } } }]
  })
}

resource "kubernetes_secret_v1" "settings" {
  metadata {
    name = "settings"
  }
  data = { color = "blue" }
}

resource "local_file" "settings" {
  filename = "${path.module}/settings.txt"
  content  = kubernetes_secret_v1.settings.data["color"]
}
