resource "gitlab_project_access_token" "ci" {
  project      = "12"
  name         = "ci"
  scopes       = ["read_registry", "api"] # expect: KW212
  access_level = "maintainer"
}

resource "gitlab_group_access_token" "owner" {
  group        = "12"
  name         = "owner"
  scopes       = ["write_repository"]
  access_level = "owner" # expect: KW212
}

resource "gitlab_personal_access_token" "robot" {
  user_id = 25
  name    = "robot"
  scopes  = ["sudo", "api"] # expect: KW212
}

resource "tfe_organization_token" "acme" { # expect: KW212
  organization = "acme"
}
