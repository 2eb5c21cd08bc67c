variable "rotate" {
  type = bool
}

resource "aws_kms_key" "on" {
  enable_key_rotation = true
}

resource "aws_kms_key" "unknown" {
  enable_key_rotation = var.rotate
}

resource "aws_kms_key" "signing" {
  customer_master_key_spec = "ECC_NIST_P256"
  key_usage                = "SIGN_VERIFY"
}

resource "aws_kms_key" "hmac" {
  customer_master_key_spec = "HMAC_256"
  key_usage                = "GENERATE_VERIFY_MAC"
}

resource "aws_kms_external_key" "imported" {
  description = "imported"
}

resource "aws_kms_replica_key" "replica" {
  primary_key_arn = aws_kms_key.on.arn
}

resource "google_kms_crypto_key" "rotated" {
  name            = "app"
  key_ring        = "ring"
  rotation_period = "7776000s"
}

resource "google_kms_crypto_key" "signing" {
  name     = "sign"
  key_ring = "ring"
  purpose  = "ASYMMETRIC_SIGN"
}

resource "azurerm_key_vault_key" "disk" {
  name         = "disk"
  key_vault_id = "kv"
  dynamic "rotation_policy" {
    for_each = var.rotate ? [1] : []
    content {
      expire_after = "P90D"
    }
  }
}

resource "random_password" "db" {
  length = 24
}

resource "aws_secretsmanager_secret" "db" {
  name = "db"
}

resource "aws_secretsmanager_secret_version" "db" {
  secret_id     = aws_secretsmanager_secret.db.id
  secret_string = random_password.db.result
}

resource "aws_secretsmanager_secret_rotation" "db" {
  secret_id = aws_secretsmanager_secret_version.db.secret_id
  rotation_rules {
    automatically_after_days = 30
  }
}

resource "aws_secretsmanager_secret" "managed" {
  name = "rds!db-12345678"
}

resource "google_secret_manager_secret" "app" {
  secret_id = "app"
  rotation {
    rotation_period = "2592000s"
  }
}

resource "time_rotating" "quarterly" {
  rotation_days = 90
}

resource "azuread_application_password" "rotated" {
  application_id      = "/applications/11111111-1111-1111-1111-111111111111"
  rotate_when_changed = { at = time_rotating.quarterly.id }
}

resource "azuread_application_password" "replaced" {
  application_id    = "/applications/11111111-1111-1111-1111-111111111111"
  end_date_relative = "2160h"
  lifecycle {
    replace_triggered_by = [time_rotating.quarterly]
  }
}

resource "gitlab_project_access_token" "rotated" {
  project = "12"
  name    = "ci"
  scopes  = ["api"]
  rotation_configuration = {
    expiration_days    = 60
    rotate_before_days = 10
  }
}

resource "vault_database_secret_backend_static_role" "app" {
  backend         = "database"
  name            = "app"
  username        = "app"
  db_name         = "main"
  rotation_period = 86400
}

resource "aws_db_instance" "managed" {
  identifier                  = "managed"
  manage_master_user_password = true
}

resource "aws_db_instance" "set_elsewhere" {
  identifier = "elsewhere"
  password   = "Wq7!zTr4-mBn9"
  lifecycle {
    ignore_changes = [password]
  }
}
