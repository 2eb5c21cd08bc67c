variable "owner" {
  type = string
}

resource "azurerm_user_assigned_identity" "app" {
  for_each            = toset(["a", "b"])
  name                = each.key
  resource_group_name = "rg"
  location            = "westeurope"
  tags                = { team = var.owner }
}
