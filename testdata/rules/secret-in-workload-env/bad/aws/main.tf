resource "aws_iam_access_key" "k" {
  user = "svc"
}

resource "random_password" "db" {
  length = 24
}

data "aws_secretsmanager_secret_version" "api" {
  secret_id = "prod/api"
}

data "aws_ssm_parameter" "token" {
  name = "/prod/api/token"
}

variable "signing_key" {
  type      = string
  sensitive = true
}

locals {
  env = { DB_PASSWORD = random_password.db.result } # expect: KW103
}

resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = "arn:aws:iam::123456789012:role/f"
  environment {
    variables = {
      KEY_ID = aws_iam_access_key.k.id
      KEY    = aws_iam_access_key.k.secret                                                               # expect: KW103
      API    = jsondecode(data.aws_secretsmanager_secret_version.api.secret_string)["api_key"]           # expect: KW103
    }
  }
}

resource "aws_lambda_function" "encrypted" {
  function_name = "encrypted"
  role          = "arn:aws:iam::123456789012:role/f"
  kms_key_arn   = "arn:aws:kms:eu-west-1:123456789012:key/k"
  environment {
    variables = local.env
  }
}

resource "aws_ecs_task_definition" "web" {
  family = "web"
  container_definitions = jsonencode([{
    name = "web"
    environment = [
      { name = "REGION", value = "eu-west-1" },
      { name = "API_TOKEN", value = data.aws_ssm_parameter.token.value },             # expect: KW103
      { name = "DSN", value = "postgres://app:${random_password.db.result}@db/app" }, # expect: KW103
    ]
  }])
}

resource "aws_codebuild_project" "build" {
  name = "build"
  environment {
    environment_variable {
      name  = "SIGNING_KEY"
      value = var.signing_key # expect: KW103
    }
    environment_variable {
      name  = "OTHER"
      type  = "SECRETS_MANAGER"
      value = data.aws_secretsmanager_secret_version.api.arn
    }
  }
}
