# Both spellings, in any statement, as an object, as text and as a data source.
resource "aws_iam_role" "plain" {
  name               = "plain"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "sts:AssumeRole" }] }) # expect: KW301
}

resource "aws_iam_role" "second" {
  name = "second"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" },
      {
        Effect    = "Allow"
        Principal = { AWS = ["arn:aws:iam::123456789012:root", "*"] } # expect: KW301
        Action    = ["sts:AssumeRole", "sts:TagSession"]
      },
    ]
  })
}

resource "aws_iam_role" "text" {
  name               = "text"
  assume_role_policy = <<-JSON
    {
      "Version": "2012-10-17",
      "Statement": {
        "Effect": "Allow",
        "Sid": "expect: KW301 ", "Principal": { "AWS": "*" },
        "Action": "sts:*"
      }
    }
  JSON
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "*"
      identifiers = ["*"] # expect: KW301
    }
  }
}

resource "aws_iam_role" "document" {
  name               = "document"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role" "any_account" {
  name               = "any-account"
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::*:root" }, Action = "sts:AssumeRole" }] }) # expect: KW301
}

resource "aws_iam_role" "all_but" {
  name               = "all-but"
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", NotPrincipal = { AWS = "123456789012" }, Action = "sts:AssumeRole" }] }) # expect: KW301
}
