provider "aws" {
  default_tags {
    tags = local.tags
  }
}

provider "google" {
  default_labels = { team = "data" }
}

locals {
  tags = { "acme:owner-team" = "platform" }
}

resource "aws_iam_user" "ci" {
  name = "ci"
}

resource "aws_iam_access_key" "ci" {
  user = aws_iam_user.ci.name
}

module "keys" {
  source = "./keys"
}

module "app" {
  source = "./app"
  tags   = { Owner = "payments" }
}

resource "google_service_account" "etl" {
  account_id  = "etl"
  description = "Loads the warehouse. Owner: data-platform"
}

resource "google_project_iam_member" "etl" {
  project = "acme"
  role    = "roles/viewer"
  member  = google_service_account.etl.member
}

resource "azuread_application" "portal" {
  display_name = "portal"
  owners       = [data.azuread_group.web.object_id]
}

data "azuread_group" "web" {
  display_name = "web"
}

# Its application has the owner.
resource "azuread_service_principal" "portal" {
  client_id = azuread_application.portal.client_id
}

resource "azuread_service_principal_password" "portal" {
  service_principal_id = azuread_service_principal.portal.id
}
