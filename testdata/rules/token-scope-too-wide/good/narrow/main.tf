resource "gitlab_project_access_token" "ci" {
  project      = "12"
  name         = "ci"
  scopes       = ["read_repository", "read_api"]
  access_level = "maintainer"
}

resource "gitlab_deploy_token" "pull" {
  project = "12"
  name    = "pull"
  scopes  = ["read_registry"]
}

resource "cloudflare_api_token" "zone" {
  name = "zone"
  policy {
    permission_groups = ["c8fed203ed3043cba015a93ad1616f1f"]
    resources = {
      "com.cloudflare.api.account.zone.22b1de5f1c0e4b3ea97bb1e963b06a43" = "*"
    }
  }
}

resource "datadog_application_key" "metrics" {
  name   = "metrics"
  scopes = ["metrics_read"]
}

resource "okta_app_oauth_api_scope" "sync" {
  app_id = "0oa1"
  issuer = "https://acme.okta.com"
  scopes = ["okta.groups.read"]
}

resource "mongodbatlas_api_key" "reader" {
  org_id      = "64259ee860c43338194b0f8e"
  description = "reader"
  role_names  = ["ORG_READ_ONLY"]
}

resource "launchdarkly_access_token" "reader" {
  name = "reader"
  role = "reader"
}

resource "postgresql_role" "app" {
  name  = "app"
  login = true
}

# The hierarchy of roles.
resource "snowflake_grant_account_role" "sysadmin" {
  role_name        = "SECURITYADMIN"
  parent_role_name = "ACCOUNTADMIN"
}

variable "scopes" {
  type = list(string)
}

resource "gitlab_project_access_token" "unknown" {
  project      = "12"
  name         = "unknown"
  scopes       = var.scopes
  access_level = "owner"
}
