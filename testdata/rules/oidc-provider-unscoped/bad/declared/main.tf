resource "gitlab_project" "app" {
  name = "app"
}

resource "tfe_workspace" "network" {
  name = "network"
}

resource "aws_cognito_identity_pool" "users" {
  identity_pool_name = "users"
}

data "aws_iam_policy_document" "gitlab" {
  statement { # expect: KW303
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::123456789012:oidc-provider/gitlab.com"]
    }
  }
}

data "aws_iam_policy_document" "terraform" {
  statement { # expect: KW303
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::123456789012:oidc-provider/app.terraform.io"]
    }
    condition {
      test     = "StringEquals"
      variable = "app.terraform.io:aud"
      values   = ["aws.workload.identity"]
    }
  }
}

resource "aws_iam_role" "users" {
  name = "users"
  tags = { owner = "web" }
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ # expect: KW303
      Effect    = "Allow"
      Principal = { Federated = "cognito-identity.amazonaws.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        "ForAnyValue:StringLike" = { "cognito-identity.amazonaws.com:amr" = "authenticated" }
      }
    }]
  })
}
