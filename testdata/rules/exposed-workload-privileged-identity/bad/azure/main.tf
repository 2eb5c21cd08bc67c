resource "azurerm_linux_web_app" "shop" {
  name                = "shop"
  location            = "westeurope"
  resource_group_name = "shop"
  service_plan_id     = "plan"
  site_config {}
  identity { # expect: KW421
    type = "SystemAssigned"
  }
}

resource "azurerm_role_assignment" "shop" {
  scope                = "/subscriptions/22222222-2222-2222-2222-222222222222"
  role_definition_name = "Contributor"
  principal_id         = azurerm_linux_web_app.shop.identity[0].principal_id
}

resource "azurerm_user_assigned_identity" "vm" {
  name                = "vm"
  location            = "westeurope"
  resource_group_name = "vm"
}

resource "azurerm_role_assignment" "vm" {
  scope                = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/vm"
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.vm.principal_id
}

resource "azurerm_public_ip" "vm" {
  name                = "vm"
  location            = "westeurope"
  resource_group_name = "vm"
  allocation_method   = "Static"
}

resource "azurerm_network_interface" "vm" {
  name                = "vm"
  location            = "westeurope"
  resource_group_name = "vm"
  ip_configuration {
    name                 = "public"
    public_ip_address_id = azurerm_public_ip.vm.id
  }
}

resource "azurerm_network_security_group" "vm" {
  name                = "vm"
  location            = "westeurope"
  resource_group_name = "vm"
  security_rule {
    name                       = "ssh"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_port_range          = "*"
    destination_port_range     = "22"
    source_address_prefix      = "Internet"
    destination_address_prefix = "*"
  }
}

resource "azurerm_network_interface_security_group_association" "vm" {
  network_interface_id      = azurerm_network_interface.vm.id
  network_security_group_id = azurerm_network_security_group.vm.id
}

resource "azurerm_linux_virtual_machine" "vm" {
  name                  = "vm"
  network_interface_ids = [azurerm_network_interface.vm.id]
  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.vm.id] # expect: KW421
  }
}
