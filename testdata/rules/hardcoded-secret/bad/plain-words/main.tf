variable "db_password" {
  default = "supersecret" # expect: KW101
}

resource "aws_db_instance" "main" {
  username = "app"
  password = var.db_password
}

resource "aws_rds_cluster" "orders" {
  master_username = "app"
  master_password = "changeme123" # expect: KW101
}

resource "azurerm_mysql_server" "main" {
  administrator_login          = "app"
  administrator_login_password = "Password1" # expect: KW101
}

resource "google_sql_user" "app" {
  name     = "app"
  instance = "main"
  password = "hunter2" # expect: KW101
}

resource "rabbitmq_user" "app" {
  name     = "app"
  password = "my-app-password" # expect: KW101
}

resource "mysql_user" "app" {
  user               = "app"
  plaintext_password = "12345678" # expect: KW101
}
