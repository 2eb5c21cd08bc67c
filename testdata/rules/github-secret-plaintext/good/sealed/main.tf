variable "sealed" {
  type = string
}

resource "github_actions_secret" "registry" {
  repository      = "app"
  secret_name     = "REGISTRY_PASSWORD"
  encrypted_value = var.sealed
}

resource "gitlab_project_variable" "db" {
  project   = "1"
  key       = "DB_PASSWORD"
  value     = var.sealed
  masked    = true
  protected = true
}

resource "gitlab_project_variable" "region" {
  project = "1"
  key     = "AWS_REGION"
  value   = "eu-west-1"
}
