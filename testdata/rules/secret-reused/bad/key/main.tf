resource "aws_iam_access_key" "shared" { # expect: KW402
  user = "integration"
}

resource "aws_lambda_function" "orders" {
  function_name = "orders"
  role          = "arn:aws:iam::123456789012:role/orders"
  environment {
    variables = { AWS_SECRET = aws_iam_access_key.shared.secret }
  }
}

resource "aws_instance" "legacy" {
  ami       = "ami-1"
  user_data = "export AWS_SECRET_ACCESS_KEY=${aws_iam_access_key.shared.secret}"
}

resource "google_service_account_key" "ci" { # expect: KW402
  service_account_id = "ci"
}

resource "github_actions_secret" "deploy" {
  for_each        = toset(["web", "api"])
  repository      = each.key
  secret_name     = "GOOGLE_CREDENTIALS"
  plaintext_value = google_service_account_key.ci.private_key
}
