resource "kubernetes_service_account_v1" "silent" { # expect: KW426
  metadata {
    name = "silent"
  }
}

resource "kubernetes_service_account" "told" {
  metadata {
    name = "told"
  }
  automount_service_account_token = true # expect: KW426
}

# The account refuses, the pod asks.
resource "kubernetes_service_account_v1" "careful" {
  metadata {
    name = "careful"
  }
  automount_service_account_token = false
}

resource "kubernetes_pod_v1" "asks" {
  metadata {
    name = "asks"
  }
  spec {
    service_account_name            = kubernetes_service_account_v1.careful.metadata[0].name
    automount_service_account_token = true # expect: KW426
  }
}
