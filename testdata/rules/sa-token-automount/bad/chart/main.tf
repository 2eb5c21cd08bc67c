# The chart may bind it.
resource "kubernetes_service_account_v1" "controller" { # expect: KW426
  metadata {
    name = "controller"
  }
}

resource "helm_release" "controller" {
  name  = "controller"
  chart = "controller"
}
