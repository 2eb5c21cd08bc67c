locals {
  condition = { StringEquals = { "sts:ExternalId" = "7c1f0a525b8e4a6e9f50" } }
}

resource "aws_iam_role" "admin" {
  name               = "spacelift"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "324880187172" }, Action = "sts:AssumeRole", Condition = local.condition }] }) # expect: KW306
}

resource "aws_iam_role_policy_attachment" "admin" {
  role       = aws_iam_role.admin.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

resource "aws_iam_role" "secrets" {
  name               = "vendor-backup"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::999999999999:role/backup" }, Action = "sts:AssumeRole", Condition = local.condition }] }) # expect: KW306
}

resource "aws_iam_role_policy" "secrets" {
  role   = aws_iam_role.secrets.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["s3:ListAllMyBuckets", "secretsmanager:GetSecretValue"], Resource = "*" }] })
}

resource "aws_iam_role" "writes" {
  name               = "thirdparty-sync"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::999999999999:root" }, Action = "sts:AssumeRole", Condition = local.condition }] }) # expect: KW306
}

resource "aws_iam_role_policy" "writes" {
  role   = aws_iam_role.writes.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], Resource = "*" }] })
}

# One bucket: for strict readers.
resource "aws_iam_role" "delivery" {
  name               = "vendor-delivery"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::999999999999:root" }, Action = "sts:AssumeRole", Condition = local.condition }] }) # expect: KW306
}

resource "aws_iam_role_policy" "delivery" {
  role   = aws_iam_role.delivery.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:PutObject", Resource = "arn:aws:s3:::acme-delivery/*" }] })
}
