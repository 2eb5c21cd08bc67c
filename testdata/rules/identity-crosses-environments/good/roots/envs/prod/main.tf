terraform {
  backend "s3" {}
}

resource "aws_lambda_function" "api" {
  function_name = "api"
  role          = "arn:aws:iam::111122223333:role/api"
}

# A test within production is in production.
resource "aws_lambda_function" "smoke_test" {
  function_name = "smoke-test"
  role          = "arn:aws:iam::111122223333:role/api"
}
