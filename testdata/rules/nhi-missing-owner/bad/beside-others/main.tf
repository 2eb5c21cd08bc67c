locals {
  tags = {
    Service = "billing"
    Owner   = "payments"
  }
}

resource "aws_sqs_queue" "jobs" {
  name = "jobs"
  tags = local.tags
}

resource "aws_s3_bucket" "out" {
  bucket = "acme-billing-out"
  tags   = local.tags
}

resource "aws_iam_user" "exporter" { # expect: KW001
  name = "billing-exporter"
}

resource "aws_iam_access_key" "exporter" {
  user = aws_iam_user.exporter.name
}
