resource "aws_iam_access_key" "uploads" {
  user = "uploads"
}

# Only whoever signs gets to it.
resource "aws_lambda_function" "upload" {
  function_name = "upload"
  role          = "arn:aws:iam::123456789012:role/upload"
  environment {
    variables = { UPLOAD_SECRET = aws_iam_access_key.uploads.secret }
  }
}

resource "aws_lambda_function_url" "upload" {
  function_name      = aws_lambda_function.upload.function_name
  authorization_type = "AWS_IAM"
}

# A generated password is no key, and a key id is no secret.
resource "random_password" "session" {
  length = 32
}

resource "aws_lambda_function" "web" {
  function_name = "web"
  role          = "arn:aws:iam::123456789012:role/web"
  environment {
    variables = { SESSION = random_password.session.result, KEY_ID = aws_iam_access_key.uploads.id }
  }
}

resource "aws_lambda_function_url" "web" {
  function_name      = aws_lambda_function.web.function_name
  authorization_type = "NONE"
}
