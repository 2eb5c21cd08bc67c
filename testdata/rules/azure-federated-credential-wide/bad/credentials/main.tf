resource "azuread_application" "deploy" {
  display_name = "deploy"
}

resource "azuread_application_flexible_federated_identity_credential" "group" {
  application_id             = azuread_application.deploy.id
  display_name               = "group"
  audience                   = "api://AzureADTokenExchange"
  issuer                     = "https://gitlab.com"
  claims_matching_expression = "claims['sub'] matches 'project_path:acme/*'" # expect: KW308
}

resource "azurerm_user_assigned_identity" "deploy" {
  name                = "deploy"
  location            = "westeurope"
  resource_group_name = "deploy"
}

resource "azurerm_federated_identity_credential" "literal" {
  name                = "literal"
  resource_group_name = "deploy"
  parent_id           = azurerm_user_assigned_identity.deploy.id
  audience            = ["api://AzureADTokenExchange"]
  issuer              = "https://oidc.prod-aks.azure.com/0000/"
  subject             = "system:serviceaccount:*:*" # expect: KW308
}

# Made for somebody else.
resource "azurerm_federated_identity_credential" "audience" {
  name                = "audience"
  resource_group_name = "deploy"
  parent_id           = azurerm_user_assigned_identity.deploy.id
  audience            = ["https://acme.example"] # expect: KW308
  issuer              = "https://oidc.prod-aks.azure.com/0000/"
  subject             = "system:serviceaccount:web:app"
}

# Whoever opens a pull request owns the subscription.
resource "azurerm_federated_identity_credential" "pull_request" {
  name                = "pull-request"
  resource_group_name = "deploy"
  parent_id           = azurerm_user_assigned_identity.deploy.id
  audience            = ["api://AzureADTokenExchange"]
  issuer              = "https://token.actions.githubusercontent.com"
  subject             = "repo:acme/app:pull_request" # expect: KW308
}

resource "azurerm_role_assignment" "deploy" {
  scope                = "/subscriptions/00000000-0000-0000-0000-000000000000"
  role_definition_name = "Owner"
  principal_id         = azurerm_user_assigned_identity.deploy.principal_id
}
