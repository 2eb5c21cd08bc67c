resource "azuread_application_password" "api" {
  application_id = "/applications/11111111-1111-1111-1111-111111111111"
}

resource "azurerm_container_app" "api" {
  name = "api"
  ingress {
    external_enabled = true
    target_port      = 8080
  }
  template {
    container {
      name = "api"
      env {
        name  = "CLIENT_SECRET"
        value = azuread_application_password.api.value # expect: KW422
      }
    }
  }
}
