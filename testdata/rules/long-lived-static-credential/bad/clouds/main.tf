resource "google_service_account" "robot" {
  account_id = "robot"
}

resource "google_service_account_key" "robot" { # expect: KW107
  service_account_id = google_service_account.robot.name
}

resource "gitlab_project_variable" "key" {
  project = "12"
  key     = "GOOGLE_CREDENTIALS"
  value   = base64decode(google_service_account_key.robot.private_key)
}

resource "google_storage_hmac_key" "robot" { # expect: KW107
  service_account_email = google_service_account.robot.email
}

resource "azuread_application" "api" {
  display_name = "api"
}

resource "azuread_application_password" "api" { # expect: KW107
  application_id = azuread_application.api.id
}

resource "azurerm_linux_web_app" "api" {
  name         = "api"
  app_settings = { CLIENT_SECRET = azuread_application_password.api.value }
}

resource "azuread_service_principal_password" "api" { # expect: KW107
  service_principal_id = "/servicePrincipals/22222222-2222-2222-2222-222222222222"
}

resource "mongodbatlas_project_api_key" "ops" { # expect: KW107
  description = "ops"
}

resource "confluent_api_key" "app" { # expect: KW107
  display_name = "app"
}

resource "datadog_api_key" "agent" { # expect: KW107
  name = "agent"
}

resource "snowflake_legacy_service_user" "loader" { # expect: KW107
  name     = "LOADER"
  password = var.loader_password
}

variable "loader_password" {
  type      = string
  sensitive = true
}

resource "aws_codebuild_source_credential" "github" { # expect: KW107
  auth_type   = "PERSONAL_ACCESS_TOKEN"
  server_type = "GITHUB"
  token       = var.loader_password
}

resource "databricks_token" "pat" { # expect: KW107
  comment = "etl"
}
