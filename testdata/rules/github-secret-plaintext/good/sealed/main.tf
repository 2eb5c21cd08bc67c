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

resource "google_service_account" "deploy" {
  account_id   = "deploy"
  display_name = "Deploys the app; owner: platform"
  description  = "owner: platform"
}

resource "github_actions_secret" "account" {
  repository      = "app"
  secret_name     = "DEPLOY_AS"
  plaintext_value = google_service_account.deploy.email
}

resource "github_actions_secret" "region" {
  repository      = "app"
  secret_name     = "AWS_REGION"
  plaintext_value = "eu-west-1"
}
