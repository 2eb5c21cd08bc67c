resource "azurerm_user_assigned_identity" "app" {
  name                = "app"
  resource_group_name = "rg"
  location            = "westeurope"
}

data "azuread_group" "admins" {
  display_name = "admins"
}

variable "scope" {
  type = string
}

resource "azurerm_resource_group" "app" {
  name     = "app"
  location = "westeurope"
}

resource "azurerm_role_assignment" "group_owner" {
  scope                = "/subscriptions/22222222-2222-2222-2222-222222222222"
  role_definition_name = "Owner"
  principal_id         = data.azuread_group.admins.object_id
}

resource "azurerm_role_assignment" "person" {
  scope                = "/subscriptions/22222222-2222-2222-2222-222222222222"
  role_definition_name = "Owner"
  principal_id         = "11111111-1111-1111-1111-111111111111"
  principal_type       = "User"
}

resource "azurerm_role_assignment" "narrow" {
  scope                = azurerm_resource_group.app.id
  role_definition_name = "Contributor"
  principal_id         = azurerm_user_assigned_identity.app.principal_id
}

resource "azurerm_role_assignment" "reader" {
  scope                = "/subscriptions/22222222-2222-2222-2222-222222222222"
  role_definition_name = "Reader"
  principal_id         = azurerm_user_assigned_identity.app.principal_id
}

resource "azurerm_role_assignment" "unknown_scope" {
  scope                = var.scope
  role_definition_name = "Owner"
  principal_id         = azurerm_user_assigned_identity.app.principal_id
}

# Hands out what its condition names, and nothing else.
resource "azurerm_role_assignment" "delegated" {
  scope                = "/subscriptions/22222222-2222-2222-2222-222222222222"
  role_definition_name = "User Access Administrator"
  principal_id         = azurerm_user_assigned_identity.app.principal_id
  condition_version    = "2.0"
  condition            = "(@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {acdd72a7-3385-48ef-bd42-f606fba81ae7})"
}
