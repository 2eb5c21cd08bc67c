resource "aws_db_instance" "main" {
  identifier = "main"
  username   = "app"
  password   = "kestrel-Harbour-71" # expect: KW101
}

# Even a plain word is a password where something logs in with it.
resource "google_sql_user" "report" {
  name     = "report"
  instance = "main"
  password = "wintergarden" # expect: KW101
}

resource "azurerm_key_vault_secret" "smtp" {
  name         = "smtp"
  key_vault_id = "kv"
  value        = "qV7#rT2!mZ9pLw" # expect: KW101
}

resource "azurerm_linux_virtual_machine" "jump" {
  name           = "jump"
  admin_username = "ops"
  admin_password = "Mossy-Lantern-48" # expect: KW101
}

resource "aws_secretsmanager_secret_version" "api" {
  secret_id = "api"
  secret_string = jsonencode({
    username = "service"
    password = "p8Kd-22mQ-zz4W" # expect: KW101
  })
}

resource "kubernetes_secret_v1" "app" {
  metadata { name = "app" }
  data = {
    "log-level" = "info"
    DB_PASSWORD = "h7Gq!29x-Lmv" # expect: KW101
  }
}

variable "grafana_token" {
  type    = string
  default = "Qm7Zr2Tv9Xc4Lk8Np3Wd6Hs1" # expect: KW101
}

resource "aws_ecs_task_definition" "web" {
  family = "web"
  container_definitions = jsonencode([{
    name = "web"
    environment = [
      { name = "REGION", value = "eu-west-1" },
      { name = "DB_PASSWORD", value = "nV4-kestrel-92Q" }, # expect: KW101
    ]
  }])
}
