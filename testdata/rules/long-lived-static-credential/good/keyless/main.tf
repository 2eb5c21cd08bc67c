resource "aws_iam_access_key" "off" {
  user   = "ci"
  status = "Inactive"
}

resource "aws_iam_user_login_profile" "jane" {
  user = "jane"
}

resource "azuread_application_federated_identity_credential" "ci" {
  application_id = "/applications/11111111-1111-1111-1111-111111111111"
  display_name   = "ci"
  audiences      = ["api://AzureADTokenExchange"]
  issuer         = "https://token.actions.githubusercontent.com"
  subject        = "repo:acme/app:environment:prod"
}

resource "aws_codebuild_source_credential" "github" {
  auth_type   = "CODECONNECTIONS"
  server_type = "GITHUB"
  token       = "arn:aws:codeconnections:eu-west-1:123456789012:connection/x"
}

resource "snowflake_legacy_service_user" "loader" {
  name = "LOADER"
}

resource "databricks_token" "short" {
  lifetime_seconds = 3600
}

variable "make_key" {
  type    = bool
  default = false
}

resource "aws_iam_access_key" "none" {
  count = var.make_key ? 1 : 0
  user  = "ci"
}

resource "random_password" "x" {
  length = 20
}
