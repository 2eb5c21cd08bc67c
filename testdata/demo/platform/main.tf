# The corner that is done well: an owner, a purpose, no keys, no more than is needed.
terraform {
  required_version = ">= 1.11"
}

provider "aws" {
  region = "eu-west-1"

  default_tags {
    tags = {
      owner = "platform"
    }
  }
}

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "deploy_trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:larkspur/site:ref:refs/heads/main"]
    }
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "deploy" {
  name               = "site-deploy"
  description        = "Publishes the site from the main branch"
  assume_role_policy = data.aws_iam_policy_document.deploy_trust.json
}

resource "aws_s3_bucket" "site" {
  bucket = "larkspur-site"
}

data "aws_iam_policy_document" "deploy" {
  statement {
    actions   = ["s3:PutObject", "s3:DeleteObject"]
    resources = ["${aws_s3_bucket.site.arn}/*"]
  }
  statement {
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.site.arn]
  }
}

resource "aws_iam_role_policy" "deploy" {
  name   = "publish"
  role   = aws_iam_role.deploy.id
  policy = data.aws_iam_policy_document.deploy.json
}

ephemeral "random_password" "search" {
  length = 32
}

resource "aws_db_instance" "search" {
  identifier                  = "search"
  engine                      = "postgres"
  instance_class              = "db.t4g.small"
  username                    = "search"
  manage_master_user_password = true
}
