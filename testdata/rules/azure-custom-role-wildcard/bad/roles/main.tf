resource "azurerm_role_definition" "everything" {
  name  = "everything"
  scope = "/subscriptions/22222222-2222-2222-2222-222222222222"
  permissions {
    actions = ["*"] # expect: KW209
  }
}

# What is taken away leaves most of it.
resource "azurerm_role_definition" "nearly" {
  name  = "nearly"
  scope = "/subscriptions/22222222-2222-2222-2222-222222222222"
  permissions {
    actions     = ["*/read", "*/write"] # expect: KW209
    not_actions = ["Microsoft.Authorization/*/write"]
  }
}

resource "azurerm_role_definition" "grants" {
  name  = "grants"
  scope = "/subscriptions/22222222-2222-2222-2222-222222222222"
  permissions {
    actions = [
      "Microsoft.Compute/*/read",
      "Microsoft.Authorization/roleAssignments/write", # expect: KW209
    ]
  }
}

resource "azurerm_user_assigned_identity" "app" {
  name                = "app"
  location            = "westeurope"
  resource_group_name = "app"
}

resource "azurerm_role_assignment" "grants" {
  scope              = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/app"
  role_definition_id = azurerm_role_definition.grants.role_definition_resource_id
  principal_id       = azurerm_user_assigned_identity.app.principal_id
}

resource "azurerm_role_definition" "data" {
  name  = "data"
  scope = "/subscriptions/22222222-2222-2222-2222-222222222222"
  permissions {
    data_actions = ["*"] # expect: KW209
  }
}

# For strict readers.
resource "azurerm_role_definition" "machines" {
  name  = "machines"
  scope = "/subscriptions/22222222-2222-2222-2222-222222222222"
  permissions {
    actions = ["Microsoft.Compute/*"] # expect: KW209
  }
}
