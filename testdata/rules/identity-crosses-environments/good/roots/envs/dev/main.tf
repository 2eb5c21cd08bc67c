terraform {
  backend "s3" {}
}

resource "aws_lambda_function" "api" {
  function_name = "api"
  role          = "arn:aws:iam::444455556666:role/api"
}
