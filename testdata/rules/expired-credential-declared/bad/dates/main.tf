resource "azurerm_key_vault_secret" "smtp" {
  name            = "smtp"
  value           = var.value
  key_vault_id    = var.vault
  expiration_date = "2019-01-01T00:00:00Z" # expect: KW111
}

variable "value" {}
variable "vault" {}

locals {
  until = "2026-11-01" # expect: KW111
}

resource "gitlab_project_access_token" "ci" {
  project      = "12"
  name         = "ci"
  scopes       = ["read_repository"]
  access_level = "reporter"
  expires_at   = local.until
}

# Within the warning time.
resource "azuread_application_password" "api" {
  application_id = "/applications/11111111-1111-1111-1111-111111111111"
  end_date       = "2026-12-01T00:00:00Z" # expect: KW111
}
