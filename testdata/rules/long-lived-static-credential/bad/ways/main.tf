provider "github" {
  owner = "acme"
}

resource "aws_iam_openid_connect_provider" "actions" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_user" "deploy" {
  name = "app-deploy"
}

resource "aws_iam_user_policy_attachment" "read" {
  user       = aws_iam_user.deploy.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
}

resource "aws_iam_user_policy" "push" {
  user = aws_iam_user.deploy.name
  policy = jsonencode({
    Statement = [{ Effect = "Allow", Action = "s3:PutObject", Resource = "arn:aws:s3:::app/*" }]
  })
}

resource "aws_iam_access_key" "deploy" { # expect: KW107
  user = aws_iam_user.deploy.name
}

resource "github_repository" "app" {
  name = "app"
}

resource "github_actions_environment_secret" "deploy" {
  repository      = github_repository.app.name
  environment     = "production"
  secret_name     = "UPLOAD_KEY"
  plaintext_value = aws_iam_access_key.deploy.secret
}

resource "aws_iam_role" "report" {
  name               = "report"
  assume_role_policy = file("trust.json")
}

resource "aws_iam_user" "report" {
  name = "report"
}

resource "aws_iam_user_policy_attachment" "report" {
  user       = aws_iam_user.report.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
}

resource "aws_iam_access_key" "report" { # expect: KW107
  user = aws_iam_user.report.name
}

resource "aws_lambda_function" "report" {
  function_name = "report"
  role          = aws_iam_role.report.arn
  environment {
    variables = { KEY = aws_iam_access_key.report.secret }
  }
}

resource "aws_iam_user" "pods" {
  name = "pods"
}

resource "aws_iam_access_key" "pods" { # expect: KW107
  user = aws_iam_user.pods.name
}

resource "kubernetes_secret_v1" "pods" {
  metadata {
    name      = "key"
    namespace = "billing"
  }
  data = { key = aws_iam_access_key.pods.secret }
}

resource "google_service_account" "api" {
  account_id = "api"
}

resource "google_service_account_key" "api" { # expect: KW107
  service_account_id = google_service_account.api.name
}

resource "google_cloud_run_v2_service" "api" {
  name     = "api"
  location = "europe-west1"
  template {
    containers {
      image = "api"
      env {
        name  = "KEY"
        value = google_service_account_key.api.private_key
      }
    }
  }
}

resource "azuread_application" "sync" {
  display_name = "sync"
}

resource "azuread_application_password" "sync" { # expect: KW107
  application_id = azuread_application.sync.id
}

resource "tfe_variable" "sync" {
  key          = "ARM_SECRET"
  value        = azuread_application_password.sync.value
  category     = "env"
  workspace_id = "ws-1"
}
