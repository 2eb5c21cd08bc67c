data "aws_caller_identity" "current" {}

resource "aws_iam_role" "self" {
  name               = "self"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }, Action = "sts:AssumeRole" }] })
}

# The root of a key's own account.
resource "aws_kms_key" "data" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::555555555555:root" }, Action = "kms:*", Resource = "*" }]
  })
}

resource "aws_iam_role" "same" {
  name               = "same"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "555555555555" }, Action = "sts:AssumeRole" }] })
}

# Where load balancers deliver their logs from.
resource "aws_s3_bucket_policy" "logs" {
  bucket = "logs"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::652711504416:root" }, Action = "s3:PutObject", Resource = "arn:aws:s3:::logs/*" }]
  })
}
