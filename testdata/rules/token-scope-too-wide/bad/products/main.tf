resource "cloudflare_api_token" "zones" {
  name = "zones"
  policy {
    permission_groups = ["c8fed203ed3043cba015a93ad1616f1f"]
    resources = {
      "com.cloudflare.api.account.zone.*" = "*" # expect: KW212
    }
  }
}

resource "cloudflare_api_token" "accounts" {
  name = "accounts"
  policies = [{
    effect            = "allow"
    permission_groups = [{ id = "c8fed203ed3043cba015a93ad1616f1f" }]
    resources         = jsonencode({ "com.cloudflare.api.account.*" = "*" }) # expect: KW212
  }]
}

resource "cloudflare_api_token" "nothing" {
  name     = "nothing"
  policies = [] # expect: KW212
}

resource "datadog_application_key" "metrics" { # expect: KW212
  name = "metrics"
}

resource "okta_app_oauth_api_scope" "sync" {
  app_id = "0oa1"
  issuer = "https://acme.okta.com"
  scopes = ["okta.groups.read", "okta.users.manage"] # expect: KW212
}

resource "mongodbatlas_project_api_key" "owner" {
  description = "owner"
  project_assignment {
    project_id = "64259ee860c43338194b0f8e"
    role_names = ["GROUP_OWNER"] # expect: KW212
  }
}

resource "mongodbatlas_database_user" "app" {
  username           = "app"
  project_id         = "64259ee860c43338194b0f8e"
  auth_database_name = "admin"
  roles {
    role_name     = "atlasAdmin" # expect: KW212
    database_name = "admin"
  }
}

resource "launchdarkly_access_token" "all" {
  name = "all"
  role = "admin" # expect: KW212
}

resource "postgresql_role" "app" {
  name      = "app"
  login     = true
  superuser = true # expect: KW212
}

resource "snowflake_grant_account_role" "loader" {
  role_name = "ACCOUNTADMIN" # expect: KW212
  user_name = "LOADER"
}

resource "aws_grafana_workspace_api_key" "dashboards" {
  key_name        = "dashboards"
  key_role        = "ADMIN" # expect: KW212
  seconds_to_live = 3600
  workspace_id    = "g-1"
}
