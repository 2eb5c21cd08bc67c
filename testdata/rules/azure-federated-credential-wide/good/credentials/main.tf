resource "azurerm_user_assigned_identity" "plan" {
  name                = "plan"
  location            = "westeurope"
  resource_group_name = "plan"
}

# It reads only.
resource "azurerm_federated_identity_credential" "pull_request" {
  name                = "pull-request"
  resource_group_name = "plan"
  parent_id           = azurerm_user_assigned_identity.plan.id
  audience            = ["api://AzureADTokenExchange"]
  issuer              = "https://token.actions.githubusercontent.com"
  subject             = "repo:acme/app:pull_request"
}

resource "azurerm_role_assignment" "plan" {
  scope                = "/subscriptions/00000000-0000-0000-0000-000000000000"
  role_definition_name = "Reader"
  principal_id         = azurerm_user_assigned_identity.plan.principal_id
}

resource "azurerm_federated_identity_credential" "app" {
  name                = "app"
  resource_group_name = "plan"
  parent_id           = azurerm_user_assigned_identity.plan.id
  audience            = ["api://AzureADTokenExchange"]
  issuer              = "https://oidc.prod-aks.azure.com/0000/"
  subject             = "system:serviceaccount:web:app"
}
