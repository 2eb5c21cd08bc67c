variable "end" {
  type = string
}

variable "strict" {
  type = bool
}

resource "time_rotating" "quarterly" {
  rotation_days = 90
}

resource "time_offset" "half" {
  offset_days = 170
}

resource "azuread_application_password" "rotated" {
  application_id      = "/applications/11111111-1111-1111-1111-111111111111"
  rotate_when_changed = { at = time_rotating.quarterly.id }
}

resource "azuread_application_password" "offset" {
  application_id = "/applications/11111111-1111-1111-1111-111111111111"
  end_date       = time_offset.half.rfc3339
}

resource "azuread_application_password" "relative" {
  application_id    = "/applications/11111111-1111-1111-1111-111111111111"
  end_date_relative = "2160h"
}

resource "azuread_application_password" "unknown" {
  application_id = "/applications/11111111-1111-1111-1111-111111111111"
  end_date       = var.end
}

resource "azuread_application_password" "one_of" {
  application_id    = "/applications/11111111-1111-1111-1111-111111111111"
  end_date_relative = var.strict ? "720h" : "17520h"
}

# The authority outlives what it signs.
resource "tls_self_signed_cert" "ca" {
  private_key_pem       = "key"
  is_ca_certificate     = true
  validity_period_hours = 87600
  allowed_uses          = ["cert_signing"]
}

resource "aws_acmpca_certificate" "ca" {
  certificate_authority_arn = "arn"
  template_arn              = "arn:aws:acm-pca:::template/RootCACertificate/V1"
  validity {
    type  = "YEARS"
    value = 10
  }
}

resource "tls_locally_signed_cert" "web" {
  validity_period_hours = 2160
}

resource "azurerm_key_vault_certificate" "web" {
  name         = "web"
  key_vault_id = "kv"
  certificate_policy {
    x509_certificate_properties {
      subject            = "CN=web"
      validity_in_months = 12
    }
  }
}

resource "aws_iam_role" "app" {
  name                 = "app"
  assume_role_policy   = "{}"
  max_session_duration = 43200
}

resource "vault_token" "app" {
  policies = ["app"]
  ttl      = "24h"
}

resource "vault_approle_auth_backend_role" "app" {
  role_name     = "app"
  token_max_ttl = 3600
  secret_id_ttl = 86400
}

resource "aws_appsync_api_key" "web" {
  api_id = "1"
}

# Over is not too long.
resource "gitlab_deploy_token" "old" {
  project    = "12"
  name       = "old"
  scopes     = ["read_registry"]
  expires_at = "2024-01-01T00:00:00Z"
}

resource "gitlab_project_access_token" "ok" {
  project    = "12"
  name       = "ok"
  scopes     = ["api"]
  expires_at = "2027-02-15"
}
