data "azurerm_subscription" "current" {}

resource "azurerm_resource_group" "app" {
  name     = "app"
  location = "westeurope"
}

resource "azurerm_user_assigned_identity" "app" {
  name                = "app"
  location            = "westeurope"
  resource_group_name = azurerm_resource_group.app.name
}

# The fix names the resource group.
resource "azurerm_role_assignment" "network" {
  scope                = data.azurerm_subscription.current.id # expect: KW208
  role_definition_name = "Network Contributor"
  principal_id         = azurerm_user_assigned_identity.app.principal_id
}

resource "azurerm_role_assignment" "all" {
  scope                = "/providers/Microsoft.Management/managementGroups/acme" # expect: KW208
  role_definition_name = "Contributor"
  principal_id         = azurerm_user_assigned_identity.app.principal_id
}

resource "azurerm_role_assignment" "keys" {
  scope                = "/subscriptions/22222222-2222-2222-2222-222222222222" # expect: KW208
  role_definition_name = "Key Vault Secrets Officer"
  principal_id         = "11111111-1111-1111-1111-111111111111"
  principal_type       = "ServicePrincipal"
}

# For strict readers: it has to be activated first.
resource "azurerm_pim_eligible_role_assignment" "machines" {
  scope              = "/subscriptions/22222222-2222-2222-2222-222222222222" # expect: KW208
  role_definition_id = "/providers/Microsoft.Authorization/roleDefinitions/9980e02c-c2be-4d73-94e8-173b1dc7cf3c"
  principal_id       = azurerm_user_assigned_identity.app.principal_id
}
