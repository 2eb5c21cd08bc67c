resource "kubernetes_secret_v1" "robot" {
  metadata {
    name        = "robot-token"
    annotations = { "kubernetes.io/service-account.name" = "robot" }
  }
  type = "kubernetes.io/service-account-token" # expect: KW106
}

locals {
  token_type = "kubernetes.io/service-account-token" # expect: KW106
}

resource "kubernetes_secret" "old" {
  metadata {
    name = "old"
  }
  type = local.token_type
}
