data "azurerm_subscription" "this" {}

resource "azurerm_resource_group" "app" {
  name     = "app"
  location = "westeurope"
}

resource "azurerm_user_assigned_identity" "owner" {
  name                = "owner"
  location            = azurerm_resource_group.app.location
  resource_group_name = azurerm_resource_group.app.name
}

resource "azurerm_role_assignment" "owner" {
  scope                = data.azurerm_subscription.this.id
  role_definition_name = "Owner"
  principal_id         = azurerm_user_assigned_identity.owner.principal_id
}

resource "azurerm_linux_virtual_machine" "build" {
  name                = "build"
  resource_group_name = azurerm_resource_group.app.name
  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.owner.id]
  }
}

# Whoever runs commands on the machine is the owner of the subscription.
resource "azurerm_user_assigned_identity" "operator" {
  name                = "operator"
  location            = azurerm_resource_group.app.location
  resource_group_name = azurerm_resource_group.app.name
}

resource "azurerm_role_assignment" "operator" {
  scope                = azurerm_resource_group.app.id
  role_definition_name = "Virtual Machine Contributor" # expect: KW414
  principal_id         = azurerm_user_assigned_identity.operator.principal_id
}

# So does whoever lets outsiders in as its identity.
resource "azurerm_role_assignment" "federation" {
  scope                = azurerm_user_assigned_identity.owner.id
  role_definition_name = "Managed Identity Contributor" # expect: KW414
  principal_id         = "33333333-3333-3333-3333-333333333333"
}
