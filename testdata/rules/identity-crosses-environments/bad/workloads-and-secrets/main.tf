resource "aws_iam_role" "api" {
  name               = "api"
  assume_role_policy = "{}"
}

resource "aws_lambda_function" "api_prod" {
  function_name = "api-prod"
  role          = aws_iam_role.api.arn # expect: KW403
}

resource "aws_lambda_function" "api_dev" {
  function_name = "api-dev"
  role          = aws_iam_role.api.arn # expect: KW403
}

resource "random_password" "db" {
  length = 32
}

resource "aws_ssm_parameter" "a" {
  name  = "/prod/db/password"
  type  = "SecureString"
  value = random_password.db.result # expect: KW403
}

resource "aws_ssm_parameter" "b" {
  name  = "/staging/db/password"
  type  = "SecureString"
  value = random_password.db.result # expect: KW403
}

resource "github_actions_organization_secret" "deploy" {
  secret_name     = "PROD_DEPLOY_TOKEN"
  visibility      = "all" # expect: KW403
  plaintext_value = var.token
}

variable "token" {
  type      = string
  sensitive = true
}

resource "gitlab_group_variable" "db" { # expect: KW403
  group  = "acme"
  key    = "PROD_DB_PASSWORD"
  value  = var.token
  masked = true
}

locals {
  runners = {
    prod = "arn:aws:iam::111122223333:role/runner" # expect: KW403
    dev  = "arn:aws:iam::111122223333:role/runner" # expect: KW403
  }
}
