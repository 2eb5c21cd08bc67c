resource "random_password" "sql" {
  length = 24
}

resource "google_sql_user" "app" {
  name     = "app"
  instance = "main"
  password = random_password.sql.result # expect: KW104
}

resource "random_password" "pg" {
  length = 24
}

resource "azurerm_postgresql_flexible_server" "main" {
  name                   = "main"
  administrator_login    = "app"
  administrator_password = random_password.pg.result # expect: KW104
}

resource "tls_private_key" "ca" {
  algorithm = "ED25519"
}

resource "kubernetes_secret_v1" "ca" {
  metadata {
    name = "ca"
  }
  data = { # expect: KW104
    "tls.key" = tls_private_key.ca.private_key_pem
  }
}

data "aws_secretsmanager_secret_version" "admin" {
  secret_id = "admin"
}

resource "aws_rds_cluster" "main" {
  cluster_identifier = "main"
  master_username    = "admin"
  master_password    = data.aws_secretsmanager_secret_version.admin.secret_string # expect: KW104
}

# The value also goes where it has to be stored.
resource "random_password" "shared" {
  length = 24
}

resource "azurerm_key_vault_secret" "shared" {
  name         = "shared"
  key_vault_id = "kv"
  value        = random_password.shared.result # expect: KW104
}

resource "aws_elasticache_replication_group" "main" {
  replication_group_id = "main"
  description          = "sessions"
  auth_token           = random_password.shared.result
}
