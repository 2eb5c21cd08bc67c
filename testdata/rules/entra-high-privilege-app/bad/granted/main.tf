data "azuread_service_principal" "msgraph" {
  client_id = "00000003-0000-0000-c000-000000000000"
}

resource "azuread_application" "sync" {
  display_name = "sync"
  required_resource_access {
    resource_app_id = "00000003-0000-0000-c000-000000000000"
    resource_access {
      # Granted below, and said there.
      id   = "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9"
      type = "Role"
    }
  }
}

resource "azuread_service_principal" "sync" {
  client_id = azuread_application.sync.client_id
}

resource "azuread_app_role_assignment" "by_id" {
  app_role_id         = "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9" # expect: KW210
  principal_object_id = azuread_service_principal.sync.object_id
  resource_object_id  = data.azuread_service_principal.msgraph.object_id
}

resource "azuread_app_role_assignment" "by_name" {
  for_each            = toset(["AppRoleAssignment.ReadWrite.All", "User.Read.All"])
  app_role_id         = data.azuread_service_principal.msgraph.app_role_ids[each.key] # expect: KW210
  principal_object_id = azuread_service_principal.sync.object_id
  resource_object_id  = data.azuread_service_principal.msgraph.object_id
}

# A managed identity, and ids alone.
resource "azurerm_user_assigned_identity" "mail" {
  name                = "mail"
  location            = "westeurope"
  resource_group_name = "mail"
}

resource "azuread_app_role_assignment" "mail" {
  app_role_id         = "e2a3a72e-5f79-4c64-b1b1-878b674786c9" # expect: KW210
  principal_object_id = azurerm_user_assigned_identity.mail.principal_id
  resource_object_id  = data.azuread_service_principal.msgraph.object_id
}

resource "azuread_app_role_assignment" "ids" {
  app_role_id         = "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8" # expect: KW210
  principal_object_id = "11111111-1111-1111-1111-111111111111"
  resource_object_id  = "33333333-3333-3333-3333-333333333333"
}
