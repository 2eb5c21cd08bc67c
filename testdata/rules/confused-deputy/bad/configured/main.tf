locals {
  accounts = {
    build  = "111111111111"
    vendor = "222222222222"
    audit  = "333333333333"
  }
}

resource "aws_iam_role" "audit" {
  name = "audit"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = { AWS = local.accounts.build }, Action = "sts:AssumeRole" },
      { Effect = "Allow", Principal = { AWS = "333333333333" }, Action = "sts:AssumeRole" }, # expect: KW304
    ]
  })
}
