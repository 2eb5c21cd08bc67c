resource "random_password" "registry" {
  length = 32
}

resource "github_actions_secret" "registry" {
  repository      = "app"
  secret_name     = "REGISTRY_PASSWORD"
  plaintext_value = random_password.registry.result # expect: KW120
}

resource "github_actions_environment_secret" "literal" {
  repository      = "app"
  environment     = "prod"
  secret_name     = "WEBHOOK"
  plaintext_value = "correct-horse-battery" # expect: KW120
}

variable "token" {
  type      = string
  sensitive = true
}

resource "github_dependabot_secret" "variable" {
  repository      = "app"
  secret_name     = "TOKEN"
  plaintext_value = var.token # expect: KW120
}

resource "gitlab_project_variable" "db" { # expect: KW120
  project = "1"
  key     = "DB_PASSWORD"
  value   = var.token
}

resource "gitlab_project_variable" "api" {
  project   = "1"
  key       = "API_TOKEN"
  value     = var.token
  masked    = true
  protected = false # expect: KW120
}
