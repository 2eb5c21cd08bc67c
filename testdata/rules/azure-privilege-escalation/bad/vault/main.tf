resource "azurerm_resource_group" "app" {
  name     = "app"
  location = "westeurope"
}

# Access policies, because nothing is said.
resource "azurerm_key_vault" "legacy" {
  name                = "legacy"
  location            = azurerm_resource_group.app.location
  resource_group_name = azurerm_resource_group.app.name
  tenant_id           = "00000000-0000-0000-0000-000000000000"
  sku_name            = "standard"
}

resource "azurerm_role_assignment" "legacy" {
  scope                = azurerm_key_vault.legacy.id
  role_definition_name = "Key Vault Contributor" # expect: KW414
  principal_id         = "11111111-1111-1111-1111-111111111111"
}

# Because it is said, which can be changed in place.
resource "azurerm_key_vault" "off" {
  name                      = "off"
  location                  = azurerm_resource_group.app.location
  resource_group_name       = azurerm_resource_group.app.name
  tenant_id                 = "00000000-0000-0000-0000-000000000000"
  sku_name                  = "standard"
  enable_rbac_authorization = false
}

resource "azurerm_role_assignment" "off" {
  scope              = azurerm_key_vault.off.id
  role_definition_id = "/providers/Microsoft.Authorization/roleDefinitions/f25e0fa2-a7c8-4377-a976-54943a77a395" # expect: KW414
  principal_id       = "22222222-2222-2222-2222-222222222222"
}

# All vaults of a group, and of the subscription.
resource "azurerm_role_assignment" "group" {
  scope                = azurerm_resource_group.app.id
  role_definition_name = "Key Vault Contributor" # expect: KW414
  principal_id         = "33333333-3333-3333-3333-333333333333"
}

resource "azurerm_role_assignment" "all" {
  scope                = "/subscriptions/22222222-2222-2222-2222-222222222222"
  role_definition_name = "Key Vault Contributor" # expect: KW414
  principal_id         = "44444444-4444-4444-4444-444444444444"
}
