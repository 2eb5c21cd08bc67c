resource "azurerm_user_assigned_identity" "deploy" {
  name                = "deploy"
  location            = "westeurope"
  resource_group_name = "deploy"
}

resource "azurerm_federated_identity_credential" "deploy" {
  name                = "deploy"
  resource_group_name = "deploy"
  parent_id           = azurerm_user_assigned_identity.deploy.id
  audience            = ["api://AzureADTokenExchange"]
  issuer              = "https://token.actions.githubusercontent.com"
  subject             = "repo:acme/app:environment:production"
}

resource "azuread_application_flexible_federated_identity_credential" "release" {
  application_id             = "/applications/00000000-0000-0000-0000-000000000000"
  display_name               = "release"
  audience                   = "api://AzureADTokenExchange"
  issuer                     = "https://token.actions.githubusercontent.com"
  claims_matching_expression = "claims['sub'] matches 'repo:acme/app:ref:refs/tags/v*'"
}
