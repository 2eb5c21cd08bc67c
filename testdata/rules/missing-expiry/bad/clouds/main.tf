resource "azurerm_key_vault_secret" "api" { # expect: KW108
  name         = "api-key"
  key_vault_id = "kv"
  value        = var.api_key
}

variable "api_key" {
  type      = string
  sensitive = true
}

resource "azurerm_key_vault_key" "disk" { # expect: KW108
  name         = "disk"
  key_vault_id = "kv"
  key_type     = "RSA"
  key_size     = 2048
  key_opts     = ["wrapKey", "unwrapKey"]
}

resource "azurerm_container_registry_token_password" "pull" {
  container_registry_token_id = "t"
  password1 { # expect: KW108
  }
  password2 {
    expiry = "2027-01-20T00:00:00Z"
  }
}

resource "aws_iam_service_specific_credential" "bedrock" { # expect: KW108
  service_name = "bedrock.amazonaws.com"
  user_name    = "svc"
}

resource "snowflake_legacy_service_user" "loader" { # expect: KW108
  name     = "LOADER"
  password = var.api_key
}

resource "postgresql_role" "app" {
  name        = "app"
  login       = true
  password    = var.api_key
  valid_until = "infinity" # expect: KW108
}

resource "vault_token" "app" { # expect: KW108
  policies = ["app"]
}

resource "google_secret_manager_secret" "app" { # expect: KW108
  secret_id = "app"
  replication {
    auto {}
  }
}
