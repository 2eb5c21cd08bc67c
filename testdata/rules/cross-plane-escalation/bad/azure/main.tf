resource "azurerm_user_assigned_identity" "api" {
  name                = "api"
  location            = "westeurope"
  resource_group_name = "app"
}

resource "azurerm_role_assignment" "api" {
  scope                = "/subscriptions/22222222-2222-2222-2222-222222222222"
  role_definition_name = "Contributor"
  principal_id         = azurerm_user_assigned_identity.api.principal_id
}

resource "azurerm_federated_identity_credential" "api" {
  name                = "api"
  resource_group_name = "app"
  parent_id           = azurerm_user_assigned_identity.api.id
  audience            = ["api://AzureADTokenExchange"]
  issuer              = "https://westeurope.oic.prod-aks.azure.com/00000000-0000-0000-0000-000000000000/11111111-1111-1111-1111-111111111111/"
  subject             = "system:serviceaccount:web:api" # expect: KW416
}
