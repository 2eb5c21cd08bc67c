resource "aws_lambda_function" "billing_dev" {
  function_name = "billing"
  role          = "arn:aws:iam::111122223333:role/billing"
}
