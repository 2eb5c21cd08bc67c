resource "azurerm_key_vault" "silent" { # expect: KW427
  name = "silent"
}

resource "azurerm_key_vault" "allows" {
  name = "allows"
  network_acls {
    default_action = "Allow" # expect: KW427
    bypass         = "AzureServices"
  }
}

resource "azurerm_key_vault" "public" {
  name                          = "public"
  public_network_access_enabled = true # expect: KW427
}

resource "azurerm_container_registry" "open" {
  name                   = "open"
  anonymous_pull_enabled = true # expect: KW427
}
