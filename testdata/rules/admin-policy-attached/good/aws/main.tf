locals {
  trust = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

# A boundary that leaves little of it.
resource "aws_iam_policy" "boundary" {
  name   = "boundary"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["s3:*", "sqs:*"], Resource = "*" }] })
}

resource "aws_iam_role" "bounded" {
  name                 = "bounded"
  assume_role_policy   = local.trust
  permissions_boundary = aws_iam_policy.boundary.arn
}

resource "aws_iam_role_policy_attachment" "bounded" {
  role       = aws_iam_role.bounded.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

# Everything on one bucket, and reading everything.
resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "reader" {
  role = aws_iam_role.reader.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "*", Resource = ["arn:aws:s3:::jobs", "arn:aws:s3:::jobs/*"] },
      { Effect = "Allow", Action = ["*:Get*", "*:List*", "*:Describe*"], Resource = "*" },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "reader" {
  role       = aws_iam_role.reader.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

# Nothing is left of it.
resource "aws_iam_role" "denied" {
  name               = "denied"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "denied" {
  role = aws_iam_role.denied.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "*", Resource = "*" },
      { Effect = "Deny", NotAction = ["s3:GetObject"], Resource = "*" },
    ]
  })
}

# What is not known is not an administrator.
variable "policy_arn" {
  type = string
}

variable "actions" {
  type = list(string)
}

resource "aws_iam_role_policy_attachment" "unknown" {
  role       = aws_iam_role.reader.name
  policy_arn = var.policy_arn
}

resource "aws_iam_role_policy" "unknown" {
  role   = aws_iam_role.reader.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = var.actions, Resource = "*" }] })
}

# The name says one thing, the account another.
resource "aws_iam_role_policy_attachment" "own" {
  role       = aws_iam_role.reader.name
  policy_arn = "arn:aws:iam::123456789012:policy/AdministratorAccess"
}

# A key policy belongs to the key.
resource "aws_kms_key" "main" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::123456789012:root" }, Action = "*", Resource = "*" }]
  })
}
