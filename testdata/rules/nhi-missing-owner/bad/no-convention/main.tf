# Nobody is named anywhere: one finding for all of it, whatever the directory.
resource "google_service_account" "etl" { # expect: KW001
  account_id  = "etl"
  description = "Loads the warehouse at night"
}

resource "google_project_iam_member" "etl" {
  project = "acme"
  role    = "roles/editor"
  member  = "serviceAccount:${google_service_account.etl.email}"
}

resource "azuread_application" "portal" { # expect: KW001
  display_name = "portal"
}

resource "azuread_service_principal" "portal" {
  client_id = azuread_application.portal.client_id
}

resource "azuread_application_password" "portal" {
  application_id = azuread_application.portal.id
}

resource "azurerm_user_assigned_identity" "app" { # expect: KW001
  name                = "app"
  resource_group_name = "rg"
  location            = "westeurope"
}

resource "azurerm_linux_function_app" "app" {
  name = "app"
  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.app.id]
  }
}

module "queue" {
  source = "./queue"
  name   = "orders"
}
