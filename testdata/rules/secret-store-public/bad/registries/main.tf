resource "azurerm_container_registry" "public" {
  name                          = "public"
  sku                           = "Premium"
  public_network_access_enabled = true # expect: KW427
}

resource "azurerm_container_registry" "allows" {
  name = "allows"
  sku  = "Premium"
  network_rule_set {
    default_action = "Allow" # expect: KW427
  }
}

# For strict readers: nothing is said, and public by its type.
resource "azurerm_container_registry" "silent" { # expect: KW427
  name = "silent"
  sku  = "Premium"
}

resource "aws_ecrpublic_repository" "everybody" { # expect: KW427
  repository_name = "everybody"
}
