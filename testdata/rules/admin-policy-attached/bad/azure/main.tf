data "azurerm_subscription" "current" {}

resource "azurerm_user_assigned_identity" "deploy" {
  name                = "deploy"
  resource_group_name = "rg"
  location            = "westeurope"
}

resource "azurerm_role_assignment" "contributor" {
  scope                = data.azurerm_subscription.current.id
  role_definition_name = "Contributor" # expect: KW201
  principal_id         = azurerm_user_assigned_identity.deploy.principal_id
}

# By GUID, at a management group.
resource "azurerm_role_assignment" "uaa" {
  scope              = "/providers/Microsoft.Management/managementGroups/platform"
  role_definition_id = "/providers/Microsoft.Authorization/roleDefinitions/18d7d88d-d35e-4fb5-a5c3-7773c20a72d9" # expect: KW201
  principal_id       = azurerm_user_assigned_identity.deploy.principal_id
}

resource "azurerm_role_definition" "everything" {
  name  = "everything"
  scope = data.azurerm_subscription.current.id
  permissions {
    actions     = ["*"]
    not_actions = ["Microsoft.Billing/*"]
  }
}

resource "azurerm_role_assignment" "custom" {
  scope              = "/subscriptions/22222222-2222-2222-2222-222222222222"
  role_definition_id = azurerm_role_definition.everything.role_definition_resource_id # expect: KW201
  principal_id       = "11111111-1111-1111-1111-111111111111"
}

# Owner in all but roles.
resource "azurerm_role_assignment" "conditional" {
  scope                = "/subscriptions/33333333-3333-3333-3333-333333333333"
  role_definition_name = "Owner" # expect: KW201
  principal_id         = "11111111-1111-1111-1111-111111111111"
  principal_type       = "ServicePrincipal"
  condition_version    = "2.0"
  condition            = "(!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'}))"
}
