resource "azurerm_role_definition" "operator" {
  name  = "operator"
  scope = "/subscriptions/22222222-2222-2222-2222-222222222222"
  permissions {
    actions      = ["*/read", "Microsoft.Compute/virtualMachines/start/action", "Microsoft.Compute/disks/*"]
    data_actions = ["Microsoft.KeyVault/vaults/secrets/readMetadata/action"]
  }
}

# Nothing is left of it.
resource "azurerm_role_definition" "nothing" {
  name  = "nothing"
  scope = "/subscriptions/22222222-2222-2222-2222-222222222222"
  permissions {
    actions     = ["*"]
    not_actions = ["*"]
  }
}

variable "actions" {
  type = list(string)
}

resource "azurerm_role_definition" "unknown" {
  name  = "unknown"
  scope = "/subscriptions/22222222-2222-2222-2222-222222222222"
  permissions {
    actions = var.actions
  }
}
