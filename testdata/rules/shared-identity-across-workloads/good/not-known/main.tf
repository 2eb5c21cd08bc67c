variable "role_arn" {
  type = string
}

resource "aws_lambda_function" "orders" {
  function_name = "orders"
  role          = var.role_arn
}

resource "aws_lambda_function" "billing" {
  function_name = "billing"
  role          = var.role_arn
}

# The same name in two namespaces is two accounts.
resource "kubernetes_deployment_v1" "a" {
  metadata {
    name      = "a"
    namespace = "a"
  }
  spec {
    template {
      spec {
        service_account_name = "app"
      }
    }
  }
}

resource "kubernetes_deployment_v1" "z" {
  metadata {
    name      = "z"
    namespace = "z"
  }
  spec {
    template {
      spec {
        service_account_name = "app"
      }
    }
  }
}

# A key for encryption is no workload.
resource "azurerm_user_assigned_identity" "cmk" {
  name                = "cmk"
  resource_group_name = "rg"
  location            = "westeurope"
}

resource "azurerm_storage_account" "a" {
  name = "a"
  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.cmk.id]
  }
}

resource "azurerm_storage_account" "z" {
  name = "z"
  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.cmk.id]
  }
}
