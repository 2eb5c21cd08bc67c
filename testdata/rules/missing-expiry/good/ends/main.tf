variable "until" {
  type = string
}

resource "time_rotating" "monthly" {
  rotation_days = 30
}

resource "gitlab_project_access_token" "fixed" {
  project    = "12"
  name       = "a"
  scopes     = ["api"]
  expires_at = "2027-01-15"
}

resource "gitlab_group_access_token" "rotated" {
  group  = "12"
  name   = "b"
  scopes = ["api"]
  rotation_configuration = {
    expiration_days    = 60
    rotate_before_days = 10
  }
}

resource "gitlab_deploy_token" "unknown" {
  project    = "12"
  name       = "c"
  scopes     = ["read_registry"]
  expires_at = var.until
}

resource "cloudflare_api_token" "computed" {
  name       = "d"
  policies   = []
  expires_on = timeadd(timestamp(), "720h")
}

resource "tfe_team_token" "rotating" {
  team_id    = "team-1"
  expired_at = time_rotating.monthly.rotation_rfc3339
}

resource "azurerm_key_vault_key" "policy" {
  name         = "disk"
  key_vault_id = "kv"
  key_type     = "RSA"
  key_opts     = ["wrapKey"]
  rotation_policy {
    expire_after = "P90D"
    automatic {
      time_before_expiry = "P30D"
    }
  }
}

# A host name needs no end.
resource "azurerm_key_vault_secret" "host" {
  name         = "db-host"
  key_vault_id = "kv"
  value        = azurerm_postgresql_flexible_server.main.fqdn
}

resource "azurerm_postgresql_flexible_server" "main" {
  name = "main"
}

# Has no end to give.
resource "aws_iam_service_specific_credential" "git" {
  service_name = "codecommit.amazonaws.com"
  user_name    = "svc"
}

# Ends by itself after seven days.
resource "aws_appsync_api_key" "web" {
  api_id = "1"
}

resource "snowflake_user_programmatic_access_token" "pat" {
  name = "PAT"
  user = "SVC"
}

resource "postgresql_role" "group" {
  name = "readers"
}

# Its role limits it.
resource "vault_approle_auth_backend_role" "app" {
  role_name     = "app"
  secret_id_ttl = 86400
}

resource "vault_approle_auth_backend_role_secret_id" "app" {
  role_name = vault_approle_auth_backend_role.app.role_name
}

resource "azurerm_container_registry_token_password" "pull" {
  container_registry_token_id = "t"
  password1 {
    expiry = var.until
  }
}

variable "long" {
  type = bool
}

resource "databricks_token" "either" {
  lifetime_seconds = var.long ? 864000 : 3600
}
