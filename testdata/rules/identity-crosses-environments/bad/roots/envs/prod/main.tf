terraform {
  backend "s3" {}
}

resource "aws_lambda_function" "api" {
  function_name = "api"
  role          = "arn:aws:iam::111122223333:role/api" # expect: KW403
}
