variable "settings" {
  type = map(string)
}

resource "aws_lambda_function" "this" {
  function_name = "f"
  role          = "arn:aws:iam::123456789012:role/f"
  environment {
    variables = merge({ LEVEL = "info" }, var.settings)
  }
}
