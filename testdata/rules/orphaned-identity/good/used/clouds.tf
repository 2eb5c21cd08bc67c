resource "google_service_account" "bound" {
  account_id = "bound"
}

resource "google_project_iam_member" "bound" {
  project = "p"
  role    = "roles/viewer"
  member  = "serviceAccount:bound@p.iam.gserviceaccount.com"
}

resource "azurerm_user_assigned_identity" "used" {
  name                = "used"
  resource_group_name = "rg"
  location            = "westeurope"
}

resource "azurerm_linux_function_app" "used" {
  name = "used"
  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.used.id]
  }
}

resource "azurerm_user_assigned_identity" "federated" {
  name                = "federated"
  resource_group_name = "rg"
  location            = "westeurope"
}

resource "azurerm_federated_identity_credential" "federated" {
  name      = "federated"
  parent_id = azurerm_user_assigned_identity.federated.id
  issuer    = "https://token.actions.githubusercontent.com"
  subject   = "repo:acme/app:environment:prod"
}

resource "azuread_application" "used" {
  display_name = "used"
}

resource "azuread_service_principal" "used" {
  client_id = azuread_application.used.client_id
}
