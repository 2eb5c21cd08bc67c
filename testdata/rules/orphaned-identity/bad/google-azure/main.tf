resource "google_service_account" "old" { # expect: KW501
  account_id = "old"
}

resource "azurerm_user_assigned_identity" "old" { # expect: KW501
  name                = "old"
  resource_group_name = "rg"
  location            = "westeurope"
}

resource "azurerm_role_assignment" "old" {
  scope                = "/subscriptions/22222222-2222-2222-2222-222222222222"
  role_definition_name = "Reader"
  principal_id         = azurerm_user_assigned_identity.old.principal_id
}

resource "azuread_application" "old" { # expect: KW501
  display_name = "old"
}
