variable "role_arn" {
  type = string
}

resource "aws_lambda_function" "worker" {
  function_name = "worker"
  role          = var.role_arn
}
