data "azurerm_subscription" "this" {}

resource "azurerm_resource_group" "app" {
  name     = "app"
  location = "westeurope"
}

resource "azurerm_role_definition" "run" {
  name  = "run"
  scope = data.azurerm_subscription.this.id
  permissions {
    actions = [
      "Microsoft.Compute/virtualMachines/read",
      "Microsoft.Compute/virtualMachines/*/action", # expect: KW414
    ]
    not_actions = ["Microsoft.Compute/virtualMachines/start/action"]
  }
}

resource "azurerm_role_assignment" "run" {
  scope              = data.azurerm_subscription.this.id
  role_definition_id = azurerm_role_definition.run.role_definition_resource_id
  principal_id       = "11111111-1111-1111-1111-111111111111"
}

# Nobody has it yet.
resource "azurerm_role_definition" "loose" {
  name  = "loose"
  scope = data.azurerm_subscription.this.id
  permissions {
    actions = ["Microsoft.Authorization/roleAssignments/write"] # expect: KW414
  }
}
