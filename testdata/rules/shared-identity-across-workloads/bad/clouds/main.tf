locals {
  runner = "runner@acme-data.iam.gserviceaccount.com"
}

# A literal that is declared elsewhere, and reaches both through one local value.
resource "google_cloud_run_v2_service" "shop" {
  name     = "shop"
  location = "europe-west1"
  template {
    service_account = local.runner # expect: KW401
  }
}

resource "google_cloud_run_v2_job" "mailer" {
  name     = "mailer"
  location = "europe-west1"
  template {
    template {
      service_account = local.runner # expect: KW401
    }
  }
}

resource "azurerm_user_assigned_identity" "shared" {
  name                = "shared"
  resource_group_name = "rg"
  location            = "westeurope"
}

resource "azurerm_linux_web_app" "portal" {
  name = "portal"
  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.shared.id] # expect: KW401
  }
}

resource "azurerm_container_app" "invoices" {
  name = "invoices"
  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.shared.id] # expect: KW401
  }
}

resource "kubernetes_service_account_v1" "jobs" {
  metadata {
    name      = "jobs"
    namespace = "shop"
  }
}

resource "kubernetes_deployment_v1" "api" {
  metadata {
    name      = "api"
    namespace = "shop"
  }
  spec {
    template {
      spec {
        service_account_name = kubernetes_service_account_v1.jobs.metadata[0].name # expect: KW401
      }
    }
  }
}

resource "kubernetes_cron_job_v1" "cleanup" {
  metadata {
    name      = "cleanup"
    namespace = "shop"
  }
  spec {
    job_template {
      spec {
        template {
          spec {
            service_account_name = kubernetes_service_account_v1.jobs.metadata[0].name # expect: KW401
          }
        }
      }
    }
  }
}
