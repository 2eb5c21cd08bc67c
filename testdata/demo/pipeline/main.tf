provider "aws" {
  region = "eu-west-1"
}

provider "github" {
  owner = "larkspur"
  token = "larkspur-ci-4f81c09be2d7a6"
}

# One key for the pipeline, handed to two repositories and to a function.
module "ci_user" {
  source = "../modules/ci-user"

  name = "deployer"
}

module "secrets" {
  source = "./repository-secret"

  repositories = ["shop", "warehouse"]
  value        = module.ci_user.secret
}

resource "aws_lambda_function" "release_notes" {
  function_name = "release-notes"
  role          = "arn:aws:iam::111122223333:role/release-notes"
  handler       = "notes.handler"
  runtime       = "python3.13"
  filename      = "notes.zip"

  environment {
    variables = {
      AWS_DEPLOY_SECRET = module.ci_user.secret
    }
  }
}

resource "gitlab_project_access_token" "mirror" {
  project      = "412"
  name         = "mirror"
  scopes       = ["read_repository"]
  access_level = "reporter"
}
