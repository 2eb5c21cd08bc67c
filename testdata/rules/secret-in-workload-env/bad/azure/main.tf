resource "azurerm_storage_account" "s" {
  name = "s"
}

resource "azuread_application_password" "app" {
  application_id = "/applications/11111111-1111-1111-1111-111111111111"
}

resource "azurerm_linux_web_app" "app" {
  for_each = toset(["blue", "green"])
  name     = each.key
  app_settings = {
    STORAGE       = azurerm_storage_account.s.primary_connection_string # expect: KW103
    CLIENT_SECRET = azuread_application_password.app.value              # expect: KW103
  }
}

data "azurerm_key_vault_secret" "db" {
  name         = "db"
  key_vault_id = "kv"
}

resource "azurerm_container_group" "job" {
  name = "job"
  container {
    name                  = "job"
    environment_variables = { DB = data.azurerm_key_vault_secret.db.value } # expect: KW103
  }
}
