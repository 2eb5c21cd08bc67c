# Behind a route of an API without authorizer, and behind a permission for everyone.
resource "aws_iam_role" "api" {
  name               = "api"
  assume_role_policy = "{}"
}

data "aws_iam_policy_document" "api" {
  statement {
    actions   = ["ssm:GetParameter*", "kms:Decrypt"]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "api" {
  name   = "api"
  policy = data.aws_iam_policy_document.api.json
}

resource "aws_iam_role_policy_attachment" "api" {
  role       = aws_iam_role.api.name
  policy_arn = aws_iam_policy.api.arn
}

resource "aws_lambda_function" "api" {
  function_name = "api"
  role          = aws_iam_role.api.arn # expect: KW421
}

resource "aws_apigatewayv2_api" "api" {
  name          = "api"
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_integration" "api" {
  api_id             = aws_apigatewayv2_api.api.id
  integration_type   = "AWS_PROXY"
  integration_uri    = aws_lambda_function.api.invoke_arn
  integration_method = "POST"
}

resource "aws_apigatewayv2_route" "api" {
  api_id    = aws_apigatewayv2_api.api.id
  route_key = "$default"
  target    = "integrations/${aws_apigatewayv2_integration.api.id}"
}

# The role is declared elsewhere; what is granted to it is here.
resource "aws_iam_role_policy_attachment" "jobs" {
  role       = "jobs"
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

resource "aws_lambda_function" "jobs" {
  function_name = "jobs"
  role          = "arn:aws:iam::123456789012:role/jobs" # expect: KW421
}

resource "aws_lambda_permission" "jobs" {
  action        = "lambda:InvokeFunction"
  function_name = "jobs"
  principal     = "*"
}

# Guests get an administrator.
resource "aws_iam_role" "guest" {
  name                = "guest"
  assume_role_policy  = "{}"
  managed_policy_arns = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]
}

resource "aws_cognito_identity_pool" "app" { # expect: KW421
  identity_pool_name               = "app"
  allow_unauthenticated_identities = true
}

resource "aws_cognito_identity_pool_roles_attachment" "app" {
  identity_pool_id = aws_cognito_identity_pool.app.id
  roles = {
    unauthenticated = aws_iam_role.guest.arn
  }
}
