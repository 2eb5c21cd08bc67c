data "azuread_group" "identity" {
  display_name = "identity"
}

resource "azuread_application" "directory_sync" {
  display_name = "directory-sync"
  notes        = "Copies staff changes into the directory"
  owners       = [data.azuread_group.identity.object_id]
}

resource "azuread_service_principal" "directory_sync" {
  client_id = azuread_application.directory_sync.client_id
  owners    = [data.azuread_group.identity.object_id]
}

# A password for ten years.
resource "azuread_application_password" "directory_sync" {
  application_id = azuread_application.directory_sync.id
  display_name   = "sync job"
  end_date       = "2036-01-01T00:00:00Z"
}
