resource "azurerm_resource_group" "app" {
  name     = "app"
  location = "westeurope"
}

resource "azurerm_role_assignment" "group" {
  scope                = azurerm_resource_group.app.id
  role_definition_name = "User Access Administrator" # expect: KW414
  principal_id         = "11111111-1111-1111-1111-111111111111"
}

# A condition that leaves out nothing that matters.
resource "azurerm_role_assignment" "condition" {
  scope                = "/subscriptions/22222222-2222-2222-2222-222222222222"
  role_definition_name = "Role Based Access Control Administrator" # expect: KW414
  principal_id         = "22222222-2222-2222-2222-222222222222"
  condition_version    = "2.0"
  condition            = <<-EOT
    (
     (
      !(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})
     )
     OR
     (
      @Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {8e3af657-a8ff-443c-a75c-2fe8c4bcb635}
     )
    )
  EOT
}

# Machines, keys and clusters of a whole subscription.
data "azurerm_subscription" "this" {}

resource "azurerm_role_assignment" "machines" {
  scope                = data.azurerm_subscription.this.id
  role_definition_name = "Virtual Machine Contributor" # expect: KW414
  principal_id         = "33333333-3333-3333-3333-333333333333"
}

resource "azurerm_role_assignment" "keys" {
  scope                = data.azurerm_subscription.this.id
  role_definition_name = "Storage Account Contributor" # expect: KW414
  principal_id         = "44444444-4444-4444-4444-444444444444"
}

resource "azurerm_role_assignment" "clusters" {
  scope                = data.azurerm_subscription.this.id
  role_definition_name = "Azure Kubernetes Service Cluster Admin Role" # expect: KW414
  principal_id         = "55555555-5555-5555-5555-555555555555"
}
