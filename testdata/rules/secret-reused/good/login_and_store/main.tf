resource "random_password" "db" {
  length = 24
}

resource "aws_db_instance" "main" {
  identifier = "main"
  password   = random_password.db.result
}

resource "aws_secretsmanager_secret_version" "db" {
  secret_id     = "db"
  secret_string = jsonencode({ password = random_password.db.result })
}

resource "aws_lambda_function" "app" {
  function_name = "app"
  role          = "arn:aws:iam::123456789012:role/app"
  environment {
    variables = { DB_PASSWORD = random_password.db.result }
  }
}
