resource "azuread_directory_role" "admin" {
  display_name = "Global Administrator"
}

resource "azuread_application" "robot" {
  display_name = "robot"
}

resource "azuread_service_principal" "robot" {
  client_id = azuread_application.robot.client_id
}

resource "azuread_directory_role_assignment" "robot" {
  role_id             = azuread_directory_role.admin.template_id # expect: KW210
  principal_object_id = azuread_service_principal.robot.object_id
}

resource "azuread_directory_role_assignment" "by_id" {
  role_id             = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3" # expect: KW210
  principal_object_id = azuread_service_principal.robot.object_id
}

# For strict readers.
resource "azuread_group" "people" {
  display_name       = "people"
  assignable_to_role = true
}

resource "azuread_directory_role_assignment" "people" {
  role_id             = azuread_directory_role.admin.template_id # expect: KW210
  principal_object_id = azuread_group.people.object_id
}
