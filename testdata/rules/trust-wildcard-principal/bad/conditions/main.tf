# Conditions that do not say who.
locals {
  org = "o-a1b2c3d4e5"
}

data "aws_organizations_organization" "this" {}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "Transport"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = ["*"] # expect: KW301
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["true"]
    }
  }
}

resource "aws_iam_role" "transport" {
  name               = "transport"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role" "missing_passes" {
  name = "missing-passes"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "*" } # expect: KW301
      Condition = { StringEqualsIfExists = { "aws:PrincipalOrgID" = local.org } }
    }]
  })
}

resource "aws_iam_role" "for_all" {
  name = "for-all"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "*" } # expect: KW301
      Condition = { "ForAllValues:StringLike" = { "aws:PrincipalOrgPaths" = "${local.org}/*" } }
    }]
  })
}

resource "aws_iam_role" "everybody_else" {
  name = "everybody-else"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "*" } # expect: KW301
      Condition = { StringNotEquals = { "aws:PrincipalAccount" = "123456789012" } }
    }]
  })
}

resource "aws_iam_role" "any_account_role" {
  name = "any-account-role"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "*" } # expect: KW301
      Condition = { ArnLike = { "aws:PrincipalArn" = "arn:aws:iam::*:role/deployer" } }
    }]
  })
}

# Who knows the external id gets in.
resource "aws_iam_role" "external_id" {
  name = "external-id"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "*" } # expect: KW301
      Condition = { StringEquals = { "sts:ExternalId" = "7c1f0a525b8e" } }
    }]
  })
}
