resource "aws_sqs_queue" "jobs" {
  name = "jobs"
  tags = { Owner = "max.roe@acme.example" }
}

resource "aws_s3_bucket" "out" {
  bucket = "acme-billing-out"
  tags   = { Owner = "max.roe@acme.example" }
}

resource "aws_iam_user" "exporter" { # expect: KW001
  name = "billing-exporter"
}

resource "aws_iam_access_key" "exporter" {
  user = aws_iam_user.exporter.name
}
