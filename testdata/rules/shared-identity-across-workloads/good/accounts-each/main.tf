resource "aws_iam_role" "orders" {
  name               = "orders"
  assume_role_policy = "{}"
}

resource "kubernetes_service_account_v1" "orders" {
  metadata {
    name        = "orders"
    annotations = { "eks.amazonaws.com/role-arn" = aws_iam_role.orders.arn }
  }
}

# Runs as the account above, which stands for the role.
resource "kubernetes_deployment_v1" "orders" {
  metadata {
    name = "orders"
  }
  spec {
    template {
      spec {
        service_account_name = kubernetes_service_account_v1.orders.metadata[0].name
      }
    }
  }
}

# One account in two clusters.
resource "kubernetes_service_account_v1" "agent" {
  for_each = toset(["blue", "green"])
  metadata {
    name        = "agent"
    annotations = { "eks.amazonaws.com/role-arn" = "arn:aws:iam::111122223333:role/agent" }
  }
}

resource "kubernetes_service_account_v1" "not_yet" {
  metadata {
    name        = "not-yet"
    annotations = { "azure.workload.identity/client-id" = "00000000-0000-0000-0000-000000000000" }
  }
}

resource "kubernetes_service_account_v1" "not_yet_either" {
  metadata {
    name        = "not-yet-either"
    annotations = { "azure.workload.identity/client-id" = "00000000-0000-0000-0000-000000000000" }
  }
}

# Two ways for one account.
resource "aws_eks_pod_identity_association" "orders" {
  cluster_name    = "main"
  namespace       = "default"
  service_account = "orders"
  role_arn        = aws_iam_role.orders.arn
}

resource "azurerm_user_assigned_identity" "web" {
  name                = "web"
  resource_group_name = "apps"
  location            = "westeurope"
}

resource "kubernetes_service_account_v1" "web_account" {
  metadata {
    name        = "web"
    annotations = { "azure.workload.identity/client-id" = azurerm_user_assigned_identity.web.client_id }
  }
}

resource "kubernetes_pod_v1" "site" {
  metadata {
    name = "site"
  }
  spec {
    service_account_name = "web"
    container {
      env {
        name  = "AZURE_CLIENT_ID"
        value = azurerm_user_assigned_identity.web.client_id
      }
    }
  }
}
