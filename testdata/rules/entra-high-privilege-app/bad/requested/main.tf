data "azuread_application_published_app_ids" "all" {}

resource "azuread_service_principal" "msgraph" {
  client_id    = data.azuread_application_published_app_ids.all.result.MicrosoftGraph
  use_existing = true
}

resource "azuread_application" "asks" {
  display_name = "asks"
  required_resource_access {
    resource_app_id = data.azuread_application_published_app_ids.all.result.MicrosoftGraph
    resource_access {
      id   = azuread_service_principal.msgraph.app_role_ids["Directory.ReadWrite.All"] # expect: KW210
      type = "Role"
    }
    resource_access {
      id   = azuread_service_principal.msgraph.oauth2_permission_scope_ids["Directory.ReadWrite.All"]
      type = "Scope"
    }
  }
}

resource "azuread_application_registration" "apart" {
  display_name = "apart"
}

resource "azuread_application_api_access" "apart" {
  application_id = azuread_application_registration.apart.id
  api_client_id  = "00000003-0000-0000-c000-000000000000"
  role_ids       = ["62a82d76-70ea-41e2-9197-370581804d09"] # expect: KW210
}
