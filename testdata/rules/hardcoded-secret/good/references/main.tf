resource "random_password" "db" {
  length = 32
}

resource "aws_db_instance" "main" {
  identifier = "main"
  password   = random_password.db.result
}

data "aws_secretsmanager_secret_version" "db" {
  secret_id = "prod/db/password"
}

resource "aws_rds_cluster" "other" {
  cluster_identifier = "other"
  master_password    = jsondecode(data.aws_secretsmanager_secret_version.db.secret_string)["password"]
}

resource "aws_rds_cluster" "managed" {
  cluster_identifier          = "managed"
  manage_master_user_password = true
}

variable "password_secret_arn" {
  type    = string
  default = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf"
}

resource "aws_ecs_task_definition" "web" {
  family = "web"
  container_definitions = jsonencode([{
    name    = "web"
    secrets = [{ name = "DB_PASSWORD", valueFrom = var.password_secret_arn }]
  }])
}

resource "azurerm_linux_web_app" "app" {
  name = "app"
  app_settings = {
    DB_PASSWORD = "@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/db)"
  }
}

resource "helm_release" "app" {
  name = "app"
  set {
    name  = "auth.existingSecret"
    value = "app-database-credentials"
  }
}

resource "azuread_application_certificate" "c" {
  application_id = "a"
  value          = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
}

resource "aws_ssm_parameter" "size" {
  name  = "/app/size"
  type  = "String"
  value = "Large-Instance-4"
}

resource "kubernetes_secret_v1" "config" {
  metadata { name = "config" }
  data = {
    host = "db.internal.acme.io"
    mode = "read-only"
  }
}
