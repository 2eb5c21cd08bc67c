variable "role" {
  type = string
}

variable "public" {
  type = bool
}

resource "aws_lambda_function" "this" {
  for_each      = toset(["a", "b"])
  function_name = each.key
  role          = var.role
}

resource "aws_lambda_function_url" "this" {
  for_each           = aws_lambda_function.this
  function_name      = each.value.function_name
  authorization_type = var.public ? "NONE" : "AWS_IAM"
}
