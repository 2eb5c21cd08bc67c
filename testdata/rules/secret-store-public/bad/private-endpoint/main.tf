resource "azurerm_key_vault" "app" { # expect: KW427
  name                = "app"
  location            = "westeurope"
  resource_group_name = "app"
  tenant_id           = "00000000-0000-0000-0000-000000000001"
  sku_name            = "standard"
}

resource "azurerm_private_endpoint" "vault" {
  name                = "vault"
  location            = "westeurope"
  resource_group_name = "app"
  subnet_id           = "subnet"

  private_service_connection {
    name                           = "vault"
    private_connection_resource_id = azurerm_key_vault.app.id
    subresource_names              = ["vault"]
    is_manual_connection           = false
  }
}
