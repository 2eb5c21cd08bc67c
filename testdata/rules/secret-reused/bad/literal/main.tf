locals {
  token = "b7Xk92mQp4Zt8Lw3vR6d" # expect: KW402
}

resource "aws_lambda_function" "a" {
  function_name = "a"
  role          = "arn:aws:iam::123456789012:role/a"
  environment {
    variables = { API_TOKEN = local.token }
  }
}

resource "aws_lambda_function" "b" {
  function_name = "b"
  role          = "arn:aws:iam::123456789012:role/b"
  environment {
    variables = { API_TOKEN = local.token }
  }
}

resource "aws_db_instance" "one" {
  identifier = "one"
  password   = "kestrel-Harbour-71" # expect: KW402
}

resource "google_sql_user" "two" {
  name     = "two"
  instance = "two"
  password = "kestrel-Harbour-71" # expect: KW402
}
