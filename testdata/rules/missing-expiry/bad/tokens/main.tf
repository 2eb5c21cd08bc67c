resource "gitlab_project_access_token" "ci" { # expect: KW108
  project      = "12"
  name         = "ci"
  scopes       = ["api"]
  access_level = "maintainer"
}

resource "gitlab_deploy_token" "registry" { # expect: KW108
  project = "12"
  name    = "registry"
  scopes  = ["read_registry"]
}

resource "cloudflare_api_token" "dns" { # expect: KW108
  name     = "dns"
  policies = []
}

resource "tfe_team_token" "ci" { # expect: KW108
  team_id = "team-1"
}

resource "databricks_token" "etl" { # expect: KW108
  comment = "etl"
}

resource "databricks_obo_token" "etl" {
  application_id   = "11111111-1111-1111-1111-111111111111"
  lifetime_seconds = 0 # expect: KW108
}

resource "grafana_service_account_token" "ci" { # expect: KW108
  name               = "ci"
  service_account_id = "1"
}

resource "scaleway_iam_api_key" "ci" { # expect: KW108
  application_id = "1"
}

resource "linode_token" "ci" { # expect: KW108
  label  = "ci"
  scopes = "*"
}

resource "nomad_acl_token" "ci" { # expect: KW108
  type = "client"
}

resource "launchdarkly_access_token" "ci" { # expect: KW108
  name = "ci"
}
