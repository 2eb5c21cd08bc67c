data "aws_organizations_organization" "this" {}

resource "aws_iam_role" "shared" {
  name               = "shared"
  tags               = { owner = "platform" }
  assume_role_policy = <<EOF
{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Sid": "expect: KW301 .", "Principal": "*",
    "Action": "sts:AssumeRole"
  }]
}
EOF
}

resource "aws_secretsmanager_secret_policy" "db" {
  secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db"
  policy     = <<-EOF
    {"Version":"2012-10-17","Statement":[{"Sid":"expect: KW301 .","Effect":"Allow","Principal":{"AWS":"*"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}
  EOF
}
