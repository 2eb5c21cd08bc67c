variable "db_password" {
  default = "REPLACE_ME"
}

variable "other_password" {
  default = ""
}

variable "third_password" {
  default = null
}

resource "aws_db_instance" "main" {
  username = "app"
  password = var.db_password
}

resource "aws_db_instance" "other" {
  username = "app"
  password = var.other_password
}

resource "google_sql_user" "app" {
  name     = "app"
  instance = "main"
  password = var.third_password
}

resource "azurerm_mysql_server" "main" {
  administrator_login          = "app"
  administrator_login_password = "<your-password>"
}

# Set by hand after the first apply.
resource "aws_rds_cluster" "orders" {
  master_username = "app"
  master_password = "changeme123"
  lifecycle {
    ignore_changes = [master_password]
  }
}

# The name of a secret, in a map of names.
locals {
  passwords = { app = "my-app-password" }
}

resource "aws_ssm_parameter" "which" {
  name  = "/app/which"
  type  = "String"
  value = local.passwords.app
}
