resource "aws_iam_role" "deploy_prod" {
  name = "deploy-prod"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = { AWS = "arn:aws:iam::444455556666:role/prod-builder" }, Action = "sts:AssumeRole" },
      { Effect = "Deny", Principal = { AWS = "arn:aws:iam::111122223333:role/dev-builder" }, Action = "sts:AssumeRole" },
    ]
  })
}

resource "aws_iam_role" "deploy_dev" {
  name = "deploy-dev"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:role/dev-builder" }, Action = "sts:AssumeRole" },
    ]
  })
}

# Development tools are no environment.
resource "aws_iam_role" "tools_prod" {
  name = "tools-prod"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = { AWS = "arn:aws:iam::444455556666:role/devops" }, Action = "sts:AssumeRole" },
    ]
  })
}

locals {
  env = terraform.workspace
  runners = {
    prod = "arn:aws:iam::111122223333:role/runner-prod"
    dev  = "arn:aws:iam::444455556666:role/runner-dev"
  }
}

resource "aws_iam_role" "clone" {
  name               = "clone"
  assume_role_policy = "{}"
}

# There is only ever one of these.
resource "aws_lambda_function" "clone_prod" {
  count         = local.env == "prod" ? 1 : 0
  function_name = "clone"
  role          = aws_iam_role.clone.arn
}

resource "aws_lambda_function" "clone_dev" {
  count         = local.env == "dev" ? 1 : 0
  function_name = "clone"
  role          = aws_iam_role.clone.arn
}

resource "github_actions_organization_secret" "deploy" {
  secret_name             = "PROD_DEPLOY_TOKEN"
  visibility              = "selected"
  selected_repository_ids = [1]
  encrypted_value         = "x"
}

resource "gitlab_project_variable" "db" {
  project           = "acme/app"
  key               = "PROD_DB_PASSWORD"
  value             = "x"
  masked            = true
  environment_scope = "production"
}

resource "gitlab_project_variable" "protected" {
  project   = "acme/app"
  key       = "PROD_DB_PASSWORD"
  value     = "x"
  masked    = true
  protected = true
}
