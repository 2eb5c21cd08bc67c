resource "random_password" "admin" {
  length = 20
}

resource "kubernetes_deployment_v1" "app" {
  metadata { name = "app" }
  spec {
    template {
      spec {
        container {
          name = "app"
          env {
            name  = "ADMIN_PASSWORD"
            value = random_password.admin.result # expect: KW103
          }
        }
      }
    }
  }
}
