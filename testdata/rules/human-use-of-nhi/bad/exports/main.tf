resource "datadog_application_key" "person" {
  name = "jane.doe@example.com" # expect: KW404
}

# For strict readers.
resource "datadog_application_key" "software" { # expect: KW404
  name = "ci"
}

resource "kubernetes_service_account_v1" "deploy" {
  metadata {
    name      = "deploy"
    namespace = "web"
  }
}

resource "kubernetes_secret_v1" "deploy" {
  metadata {
    name      = "deploy-token"
    namespace = "web"
    annotations = {
      "kubernetes.io/service-account.name" = kubernetes_service_account_v1.deploy.metadata[0].name
    }
  }
  type = "kubernetes.io/service-account-token"
}

resource "local_sensitive_file" "people" {
  filename = "${path.module}/kubeconfig"
  content = yamlencode({ # expect: KW404
    apiVersion      = "v1"
    kind            = "Config"
    current-context = "web"
    users           = [{ name = "deploy", user = { token = kubernetes_secret_v1.deploy.data["token"] } }]
  })
}
