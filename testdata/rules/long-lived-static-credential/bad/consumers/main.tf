resource "aws_iam_user" "svc" {
  name = "svc"
}

resource "aws_iam_access_key" "svc" { # expect: KW107
  user = aws_iam_user.svc.name
}

resource "aws_lambda_function" "report" {
  function_name = "report"
  role          = "arn:aws:iam::123456789012:role/report"
  environment {
    variables = { SECRET = aws_iam_access_key.svc.secret }
  }
}

resource "github_actions_secret" "key" {
  repository      = "app"
  secret_name     = "AWS_SECRET_ACCESS_KEY"
  plaintext_value = aws_iam_access_key.svc.secret
}

resource "kubernetes_secret_v1" "key" {
  metadata {
    name = "aws"
  }
  data = { secret = aws_iam_access_key.svc.secret }
}
