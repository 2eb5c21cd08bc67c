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

resource "azurerm_role_assignment" "network" {
  scope                = azurerm_resource_group.app.id
  role_definition_name = "Network Contributor"
  principal_id         = azurerm_user_assigned_identity.app.principal_id
}

resource "azurerm_role_assignment" "reader" {
  scope                = data.azurerm_subscription.current.id
  role_definition_name = "Reader"
  principal_id         = azurerm_user_assigned_identity.app.principal_id
}

resource "azurerm_role_assignment" "people" {
  scope                = data.azurerm_subscription.current.id
  role_definition_name = "Contributor"
  principal_id         = "33333333-3333-3333-3333-333333333333"
  principal_type       = "Group"
}

# They measure and read, whatever their names.
resource "azurerm_role_assignment" "measures" {
  for_each             = toset(["Monitoring Metrics Publisher", "Monitoring Reader", "Log Analytics Reader", "Azure Migrate Service Reader"])
  scope                = data.azurerm_subscription.current.id
  role_definition_name = each.key
  principal_id         = azurerm_user_assigned_identity.app.principal_id
}
