data "aws_secretsmanager_secret_version" "api" { # expect: KW402
  secret_id = "partner/api"
}

resource "aws_lambda_function" "a" {
  function_name = "a"
  role          = "arn:aws:iam::123456789012:role/a"
  environment {
    variables = { PARTNER = data.aws_secretsmanager_secret_version.api.secret_string }
  }
}

resource "aws_ecs_task_definition" "b" {
  family = "b"
  container_definitions = jsonencode([{
    name        = "b"
    environment = [{ name = "PARTNER", value = data.aws_secretsmanager_secret_version.api.secret_string }]
  }])
}
