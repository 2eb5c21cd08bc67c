resource "aws_iam_role" "gitlab_nothing" {
  name = "gitlab-nothing"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ # expect: KW303
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/gitlab.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
    }]
  })
}

# The job chooses its audience.
resource "aws_iam_role" "gitlab_audience" {
  name = "gitlab-audience"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ # expect: KW303
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/gitlab.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = { "gitlab.com:aud" = "https://gitlab.com" }
      }
    }]
  })
}

resource "aws_iam_role" "gitlab_group" {
  name = "gitlab-group"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/gitlab.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringLike = { "gitlab.com:sub" = "project_path:acme/*" } # expect: KW303
      }
    }]
  })
}

resource "aws_iam_role" "gitlab_prefix" {
  name = "gitlab-prefix"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/gitlab.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringLike = { "gitlab.com:sub" = "project_path:acme*" } # expect: KW303
      }
    }]
  })
}

resource "aws_iam_role" "gitlab_of_ours" {
  name = "gitlab-of-ours"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ # expect: KW303
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/gitlab.acme.example" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = { "gitlab.acme.example:aud" = "aws" }
      }
    }]
  })
}

resource "aws_iam_role" "terraform_every_organization" {
  name = "terraform-every-organization"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/app.terraform.io" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringLike = { "app.terraform.io:sub" = "organization:*:project:*:workspace:prod:run_phase:*" } # expect: KW303
      }
    }]
  })
}

resource "aws_iam_role" "terraform_every_workspace" {
  name = "terraform-every-workspace"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/app.terraform.io" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringLike = { "app.terraform.io:sub" = "organization:acme:project:*:workspace:*:run_phase:*" } # expect: KW303
      }
    }]
  })
}

resource "aws_iam_role" "terraform_audience" {
  name = "terraform-audience"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ # expect: KW303
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/app.terraform.io" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = { "app.terraform.io:aud" = "aws.workload.identity" }
      }
    }]
  })
}

resource "aws_iam_role" "circleci" {
  name = "circleci"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ # expect: KW303
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/oidc.circleci.com/org/0000" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = { "oidc.circleci.com/org/0000:aud" = "0000" }
      }
    }]
  })
}

resource "aws_iam_role" "buildkite" {
  name = "buildkite"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/agent.buildkite.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringLike = { "agent.buildkite.com:sub" = "organization:acme:*" } # expect: KW303
      }
    }]
  })
}

resource "aws_iam_role" "bitbucket" {
  name = "bitbucket"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ # expect: KW303
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = { "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc:aud" = "ari:cloud:bitbucket::workspace/0000" }
      }
    }]
  })
}

# Users of every identity pool, in any account.
resource "aws_iam_role" "cognito" {
  name = "cognito"
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

resource "aws_iam_role" "cognito_guests" {
  name = "cognito-guests"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ # expect: KW303
      Effect    = "Allow"
      Principal = { Federated = "cognito-identity.amazonaws.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = { "cognito-identity.amazonaws.com:aud" = "eu-west-1:0000" }
      }
    }]
  })
}

resource "aws_iam_role" "google" {
  name = "google"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ # expect: KW303
      Effect    = "Allow"
      Principal = { Federated = "accounts.google.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
    }]
  })
}

resource "aws_iam_role" "directory" {
  name = "directory"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ # expect: KW303
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/acme.eu.auth0.com/" }
      Action    = "sts:AssumeRoleWithWebIdentity"
    }]
  })
}

resource "aws_iam_role" "for_all_values" {
  name = "for-all-values"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/gitlab.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        "ForAllValues:StringLike" = { "gitlab.com:sub" = "project_path:acme/app:ref_type:branch:ref:main" } # expect: KW303
      }
    }]
  })
}
