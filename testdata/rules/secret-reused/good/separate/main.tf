resource "aws_iam_access_key" "each" {
  for_each = toset(["orders", "billing"])
  user     = each.key
}

resource "aws_lambda_function" "f" {
  for_each      = aws_iam_access_key.each
  function_name = each.key
  role          = "arn:aws:iam::123456789012:role/f"
  environment {
    variables = { AWS_SECRET = each.value.secret }
  }
}

resource "random_string" "suffix" {
  length = 6
}

resource "aws_lambda_function" "a" {
  function_name = "a"
  role          = "arn:aws:iam::123456789012:role/f"
  environment {
    variables = { BUCKET = "a-${random_string.suffix.result}" }
  }
}

resource "aws_lambda_function" "b" {
  function_name = "b"
  role          = "arn:aws:iam::123456789012:role/f"
  environment {
    variables = { BUCKET = "b-${random_string.suffix.result}" }
  }
}

# The same key in two repositories under one name is one consumer when it is one repository.
resource "google_service_account_key" "ci" {
  service_account_id = "ci"
}

resource "github_actions_secret" "a" {
  repository      = "web"
  secret_name     = "A"
  plaintext_value = google_service_account_key.ci.private_key
}

resource "github_dependabot_secret" "b" {
  repository      = "web"
  secret_name     = "B"
  plaintext_value = google_service_account_key.ci.private_key
}

provider "google" {
  project = "p"
}
