resource "kubernetes_deployment_v1" "web" {
  metadata {
    name = "web"
  }
  spec {
    template {
      spec { # expect: KW425
        container {
          name = "web"
        }
      }
    }
  }
}

resource "kubernetes_cron_job_v1" "nightly" {
  metadata {
    name = "nightly"
  }
  spec {
    schedule = "0 0 * * *"
    job_template {
      spec {
        template {
          spec {
            service_account_name = "default" # expect: KW425
          }
        }
      }
    }
  }
}
