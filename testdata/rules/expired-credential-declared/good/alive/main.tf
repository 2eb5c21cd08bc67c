resource "azurerm_key_vault_secret" "smtp" {
  name            = "smtp"
  value           = var.value
  key_vault_id    = var.vault
  expiration_date = "2027-06-01T00:00:00Z"
}

variable "value" {}
variable "vault" {}

resource "time_rotating" "quarterly" {
  rotation_days = 90
}

resource "azuread_application_password" "api" {
  application_id      = "/applications/11111111-1111-1111-1111-111111111111"
  end_date            = "2026-11-30T00:00:00Z"
  rotate_when_changed = { at = time_rotating.quarterly.id }
}

resource "azurerm_key_vault_secret" "computed" {
  name            = "computed"
  value           = var.value
  key_vault_id    = var.vault
  expiration_date = timeadd(timestamp(), "2160h")
}
