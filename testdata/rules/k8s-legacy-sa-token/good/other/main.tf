variable "type" {}

resource "kubernetes_secret_v1" "opaque" {
  metadata {
    name = "app"
  }
  type = "Opaque"
}

resource "kubernetes_secret_v1" "unknown" {
  metadata {
    name = "unknown"
  }
  type = var.type
}
