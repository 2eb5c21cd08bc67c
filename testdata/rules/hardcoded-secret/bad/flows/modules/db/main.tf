variable "entry" {
  type = string
}

resource "azurerm_mssql_server" "this" {
  name                         = "sql"
  administrator_login          = "ops"
  administrator_login_password = var.entry
}
