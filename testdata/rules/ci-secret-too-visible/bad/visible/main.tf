resource "github_actions_organization_secret" "all" {
  secret_name     = "REGISTRY_TOKEN"
  visibility      = "all" # expect: KW121
  encrypted_value = "c2VhbGVk"
}

resource "github_dependabot_organization_secret" "private" {
  secret_name     = "REGISTRY_TOKEN"
  visibility      = "private" # expect: KW121
  encrypted_value = "c2VhbGVk"
}

resource "github_actions_runner_group" "open" {
  name                       = "open"
  visibility                 = "all"
  allows_public_repositories = true # expect: KW121
}

variable "token" {
  type      = string
  sensitive = true
}

resource "gitlab_group_variable" "token" { # expect: KW121
  group  = "1"
  key    = "DEPLOY_TOKEN"
  value  = var.token
  masked = true
}
