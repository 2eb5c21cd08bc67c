resource "aws_lambda_function" "resize" {
  function_name = "resize"
  role          = "arn:aws:iam::123456789012:role/resize"
}

resource "aws_lambda_permission" "anyone" {
  function_name = aws_lambda_function.resize.function_name
  action        = "lambda:InvokeFunction"
  principal     = "*" # expect: KW301
}

# A public URL is meant: for strict readers.
resource "aws_lambda_permission" "url" {
  function_name          = aws_lambda_function.resize.function_name
  action                 = "lambda:InvokeFunctionUrl"
  principal              = "*" # expect: KW301
  function_url_auth_type = "NONE"
}

resource "aws_cloudwatch_event_permission" "bus" {
  principal    = "*" # expect: KW301
  statement_id = "anyone"
}
