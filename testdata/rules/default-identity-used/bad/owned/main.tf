# CODEOWNERS says whose the new account will be.
resource "google_cloud_run_v2_service" "api" {
  name     = "api"
  location = "europe-west1"
  project  = var.project
  template { # expect: KW425
    containers {
      image = "europe-docker.pkg.dev/acme/api/api:1"
    }
  }
}

variable "project" {
  type = string
}

resource "google_cloudfunctions_function" "thumbnails" { # expect: KW425
  name    = "thumbnails"
  runtime = "nodejs22"
}

resource "kubernetes_deployment_v1" "web" {
  metadata {
    name = "web"
  }
  spec {
    template {
      metadata {
        labels = { app = "web" }
      }
      spec { # expect: KW425
        container {
          name  = "web"
          image = "web:1"
        }
      }
    }
  }
}
