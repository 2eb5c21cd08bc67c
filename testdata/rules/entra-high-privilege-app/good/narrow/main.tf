data "azuread_service_principal" "msgraph" {
  client_id = "00000003-0000-0000-c000-000000000000"
}

resource "azuread_application" "app" {
  display_name = "app"
  required_resource_access {
    resource_app_id = "00000003-0000-0000-c000-000000000000"
    resource_access {
      # Delegated: within the rights of whoever signed in.
      id   = "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9"
      type = "Scope"
    }
    resource_access {
      id   = data.azuread_service_principal.msgraph.app_role_ids["GroupMember.Read.All"]
      type = "Role"
    }
  }
}

resource "azuread_service_principal" "app" {
  client_id = azuread_application.app.client_id
}

resource "azuread_app_role_assignment" "app" {
  app_role_id         = data.azuread_service_principal.msgraph.app_role_ids["Sites.Selected"]
  principal_object_id = azuread_service_principal.app.object_id
  resource_object_id  = data.azuread_service_principal.msgraph.object_id
}

resource "azuread_directory_role_assignment" "reader" {
  role_id             = "4a5d8f65-41da-4de4-8968-e035b65339cf"
  principal_object_id = azuread_service_principal.app.object_id
}
