resource "github_actions_secret" "role" {
  repository      = "app"
  secret_name     = "AWS_ROLE_ARN"
  plaintext_value = "arn:aws:iam::123456789012:role/ci"
}

resource "tfe_variable" "role" {
  workspace_id = "ws-1"
  category     = "env"
  key          = "TFC_AWS_PROVIDER_AUTH"
  value        = "true"
}

resource "tfe_variable" "file" {
  workspace_id = "ws-1"
  category     = "env"
  key          = "GOOGLE_APPLICATION_CREDENTIALS"
  value        = "/var/run/secrets/wif.json"
}

resource "random_password" "registry" {
  length = 32
}

resource "github_actions_secret" "registry" {
  repository      = "app"
  secret_name     = "REGISTRY_PASSWORD"
  plaintext_value = random_password.registry.result
}
