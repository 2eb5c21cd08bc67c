variable "deploy_account_id" {
  default = "555555555555"
}

locals {
  accounts = { audit = "444444444444" }
}

provider "aws" {
  allowed_account_ids = ["333333333333"]
}

data "aws_caller_identity" "current" {}

resource "aws_iam_role" "source" {
  name               = "source"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}

resource "aws_iam_role" "target" {
  for_each = {
    reference = aws_iam_role.source.arn
    caller    = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"
    variable  = "arn:aws:iam::${var.deploy_account_id}:root"
    local     = local.accounts.audit
    provider  = "arn:aws:iam::333333333333:root"
  }
  name               = each.key
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = each.value }, Action = "sts:AssumeRole" }] })
}

# The whole organization.
resource "aws_iam_role" "organization" {
  name = "organization"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::777777777777:root" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:PrincipalOrgID" = "o-abc1234567" } }
    }]
  })
}
