resource "azurerm_user_assigned_identity" "shared" {
  name                = "shared"
  resource_group_name = "apps"
  location            = "westeurope"
}

resource "kubernetes_service_account_v1" "frontend_sa" {
  metadata {
    name        = "frontend"
    annotations = { "azure.workload.identity/client-id" = azurerm_user_assigned_identity.shared.client_id } # expect: KW401
  }
}

resource "azurerm_linux_function_app" "jobs" {
  name = "jobs"
  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.shared.id] # expect: KW401
  }
}

resource "kubernetes_service_account_v1" "api" {
  metadata {
    name        = "api"
    annotations = { "azure.workload.identity/client-id" = "4f1c2a9e-7b30-4d61-9a55-0c2d8e6f1b37" } # expect: KW401
  }
}

resource "kubectl_manifest" "worker" { # expect: KW401
  yaml_body = <<-YAML
    apiVersion: v1
    kind: ServiceAccount
    metadata:
      name: worker
      annotations:
        azure.workload.identity/client-id: 4f1c2a9e-7b30-4d61-9a55-0c2d8e6f1b37
  YAML
}

resource "kubernetes_deployment_v1" "reports" {
  metadata {
    name = "reports"
  }
  spec {
    template {
      spec {
        container {
          env {
            name  = "AZURE_CLIENT_ID"
            value = "4f1c2a9e-7b30-4d61-9a55-0c2d8e6f1b37" # expect: KW401
          }
        }
      }
    }
  }
}
