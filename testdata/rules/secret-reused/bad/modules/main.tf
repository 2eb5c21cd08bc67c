resource "aws_iam_access_key" "shared" { # expect: KW402
  user = "integration"
}

module "orders" {
  source = "acme/service/aws"
  environment_variables = {
    AWS_SECRET_ACCESS_KEY = aws_iam_access_key.shared.secret
  }
}

module "billing" {
  source        = "acme/service/aws"
  container_env = [{ name = "AWS_SECRET_ACCESS_KEY", value = aws_iam_access_key.shared.secret }]
}
