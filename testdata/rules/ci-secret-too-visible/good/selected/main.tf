resource "github_actions_organization_secret" "selected" {
  secret_name             = "REGISTRY_TOKEN"
  visibility              = "selected"
  selected_repository_ids = [123456]
  encrypted_value         = "c2VhbGVk"
}

resource "github_actions_runner_group" "own" {
  name       = "own"
  visibility = "all"
}

variable "token" {
  type      = string
  sensitive = true
}

resource "gitlab_group_variable" "protected" {
  group     = "1"
  key       = "DEPLOY_TOKEN"
  value     = var.token
  protected = true
}

resource "gitlab_group_variable" "scoped" {
  group             = "1"
  key               = "DEPLOY_TOKEN"
  value             = var.token
  environment_scope = "production"
}

resource "gitlab_group_variable" "region" {
  group = "1"
  key   = "REGION"
  value = "eu-west-1"
}
