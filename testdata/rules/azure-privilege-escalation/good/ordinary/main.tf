data "azurerm_subscription" "this" {}

resource "azurerm_resource_group" "app" {
  name     = "app"
  location = "westeurope"
}

resource "azurerm_key_vault" "app" {
  name                      = "app"
  location                  = azurerm_resource_group.app.location
  resource_group_name       = azurerm_resource_group.app.name
  tenant_id                 = "00000000-0000-0000-0000-000000000000"
  sku_name                  = "standard"
  enable_rbac_authorization = true
}

resource "azurerm_role_assignment" "vault" {
  scope                = azurerm_key_vault.app.id
  role_definition_name = "Key Vault Contributor"
  principal_id         = "11111111-1111-1111-1111-111111111111"
}

resource "azurerm_role_assignment" "secrets" {
  scope                = azurerm_key_vault.app.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = "11111111-1111-1111-1111-111111111111"
}

resource "azurerm_role_assignment" "reader" {
  scope                = data.azurerm_subscription.this.id
  role_definition_name = "Reader"
  principal_id         = "11111111-1111-1111-1111-111111111111"
}

# Hands out two roles, neither of which reaches far.
resource "azurerm_role_assignment" "condition" {
  scope                = data.azurerm_subscription.this.id
  role_definition_name = "Role Based Access Control Administrator"
  principal_id         = "22222222-2222-2222-2222-222222222222"
  condition_version    = "2.0"
  condition            = "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {7f951dda-4ed3-4680-a7ca-43fe172d538d, 4633458b-17de-408a-b874-0445c86b69e6}))"
}

# An administrator has a finding of its own.
resource "azurerm_role_assignment" "owner" {
  for_each             = toset(["Owner", "Virtual Machine Contributor"])
  scope                = data.azurerm_subscription.this.id
  role_definition_name = each.key
  principal_id         = "33333333-3333-3333-3333-333333333333"
}

resource "azurerm_role_definition" "narrow" {
  name  = "narrow"
  scope = data.azurerm_subscription.this.id
  permissions {
    actions     = ["Microsoft.Compute/virtualMachines/*/action"]
    not_actions = ["Microsoft.Compute/virtualMachines/runCommand/action"]
  }
}

resource "azurerm_role_assignment" "narrow" {
  scope              = data.azurerm_subscription.this.id
  role_definition_id = azurerm_role_definition.narrow.role_definition_resource_id
  principal_id       = "11111111-1111-1111-1111-111111111111"
}
