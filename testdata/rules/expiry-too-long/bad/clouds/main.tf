resource "azuread_application_password" "forever" {
  application_id = "/applications/11111111-1111-1111-1111-111111111111"
  end_date       = "2099-01-01T00:00:00Z" # expect: KW109
}

resource "azuread_service_principal_password" "standard" { # expect: KW109
  service_principal_id = "/servicePrincipals/11111111-1111-1111-1111-111111111111"
}

resource "azuread_application_password" "relative" {
  application_id    = "/applications/11111111-1111-1111-1111-111111111111"
  end_date_relative = "8760h" # expect: KW109
}

resource "tls_self_signed_cert" "web" {
  private_key_pem       = "key"
  validity_period_hours = 87600 # expect: KW109
  allowed_uses          = ["server_auth"]
}

resource "vault_jwt_auth_backend_role" "ci" {
  role_name     = "ci"
  token_max_ttl = 2592000 # expect: KW109
}

resource "vault_token" "app" {
  policies = ["app"]
  ttl      = "720h" # expect: KW109
}

resource "aws_grafana_workspace_api_key" "ci" {
  key_name        = "ci"
  key_role        = "EDITOR"
  seconds_to_live = 31536000 # expect: KW109
  workspace_id    = "w"
}

resource "databricks_token" "etl" {
  lifetime_seconds = 31536000 # expect: KW109
}

resource "databricks_service_principal_secret" "etl" { # expect: KW109
  service_principal_id = "1"
}

resource "snowflake_user_programmatic_access_token" "pat" {
  name           = "PAT"
  user           = "SVC"
  days_to_expiry = 365 # expect: KW109
}

resource "azurerm_key_vault_secret" "api" {
  name            = "api"
  key_vault_id    = "kv"
  value           = "x"
  expiration_date = "2031-01-01T00:00:00Z" # expect: KW109
}

resource "azurerm_key_vault_certificate" "web" {
  name         = "web"
  key_vault_id = "kv"
  certificate_policy {
    x509_certificate_properties {
      subject            = "CN=web"
      validity_in_months = 36 # expect: KW109
    }
  }
}

resource "google_privateca_certificate" "web" {
  name     = "web"
  lifetime = "63072000s" # expect: KW109
}

resource "aws_acmpca_certificate" "web" {
  certificate_authority_arn = "arn"
  validity {
    type  = "YEARS"
    value = 5 # expect: KW109
  }
}

resource "gitlab_group_access_token" "ci" {
  group  = "12"
  name   = "ci"
  scopes = ["api"]
  rotation_configuration = {
    expiration_days    = 365 # expect: KW109
    rotate_before_days = 30
  }
}

resource "cloudflare_zero_trust_access_service_token" "ci" {
  name     = "ci"
  duration = "8760h" # expect: KW109
}

resource "time_rotating" "yearly" {
  rotation_years = 1
}

resource "azuread_application_password" "slow" {
  application_id = "/applications/11111111-1111-1111-1111-111111111111"
  end_date       = time_rotating.yearly.rotation_rfc3339 # expect: KW109
}

resource "azuread_service_principal_password" "slowly_rotated" { # expect: KW109
  service_principal_id = "/servicePrincipals/11111111-1111-1111-1111-111111111111"
  rotate_when_changed  = { at = time_rotating.yearly.id }
}
