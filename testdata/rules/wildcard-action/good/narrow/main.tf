data "aws_iam_policy_document" "app" {
  statement {
    actions   = ["s3:*"]
    resources = ["arn:aws:s3:::jobs", "arn:aws:s3:::jobs/*"]
  }
  statement {
    actions   = ["ec2:Describe*", "iam:Get*", "iam:List*", "logs:Get*"]
    resources = ["*"]
  }
  statement {
    actions   = ["kms:*"]
    resources = ["*"]
    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/app"
      values   = ["jobs"]
    }
  }
}

resource "aws_iam_role_policy" "app" {
  role   = "app"
  policy = data.aws_iam_policy_document.app.json
}

# A Deny takes the wildcard back.
resource "aws_iam_role_policy" "denied" {
  role = "denied"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "sqs:*", Resource = "*" },
      { Effect = "Deny", NotAction = ["sqs:Get*", "sqs:List*"], Resource = "*" },
    ]
  })
}

# Policies of resources.
resource "aws_kms_key" "main" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::123456789012:root" }, Action = "kms:*", Resource = "*" }]
  })
}

resource "aws_s3_bucket_policy" "main" {
  bucket = "jobs"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::123456789012:role/app" }, Action = "s3:*", Resource = "*" }]
  })
}

# An administrator anyway, which another rule says.
resource "aws_iam_role_policy" "admin" {
  role   = "admin"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })
}

resource "aws_iam_role_policy" "admin_more" {
  role   = "admin"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "iam:*", Resource = "*" }] })
}

# What is not known is not a wildcard.
variable "service" {
  type = string
}

resource "aws_iam_role_policy" "unknown" {
  role   = "unknown"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "${var.service}:*", Resource = "*" }] })
}
