data "aws_eks_cluster" "main" {
  name = "main"
}

resource "aws_iam_openid_connect_provider" "main" {
  url            = data.aws_eks_cluster.main.identity[0].oidc[0].issuer
  client_id_list = ["sts.amazonaws.com"]
}

# The subject is what the annotation asks for.
resource "kubernetes_service_account" "app" {
  metadata {
    name        = "app"
    namespace   = "web"
    annotations = { "eks.amazonaws.com/role-arn" = aws_iam_role.audience_only.arn }
  }
}

resource "aws_iam_role" "audience_only" {
  name = "audience-only"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ # expect: KW310
      Effect    = "Allow"
      Principal = { Federated = aws_iam_openid_connect_provider.main.arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = { "${replace(aws_iam_openid_connect_provider.main.url, "https://", "")}:aud" = "sts.amazonaws.com" }
      }
    }]
  })
}

resource "aws_iam_role" "every_account" {
  name = "every-account"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringLike = { "oidc.eks.eu-west-1.amazonaws.com/id/A1:sub" = "system:serviceaccount:*:*" } # expect: KW310
      }
    }]
  })
}

resource "aws_iam_role" "any_namespace" {
  name = "any-namespace"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringLike = { "oidc.eks.eu-west-1.amazonaws.com/id/A1:sub" = "system:serviceaccount:*:app" } # expect: KW310
      }
    }]
  })
}

resource "aws_iam_role" "for_all_values" {
  name = "for-all-values"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        "ForAllValues:StringEquals" = { "oidc.eks.eu-west-1.amazonaws.com/id/A1:sub" = "system:serviceaccount:web:app" } # expect: KW310
      }
    }]
  })
}

resource "aws_iam_role" "whole_namespace" {
  name = "whole-namespace"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringLike = { "oidc.eks.eu-west-1.amazonaws.com/id/A1:sub" = "system:serviceaccount:web:*" } # expect: KW310
      }
    }]
  })
}

# A star is a star here.
resource "aws_iam_role" "never_matches" {
  name = "never-matches"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = { "oidc.eks.eu-west-1.amazonaws.com/id/A1:sub" = "system:serviceaccount:web:*" } # expect: KW310
      }
    }]
  })
}

data "aws_iam_policy_document" "computed" {
  statement { # expect: KW310
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.main.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "${replace(aws_iam_openid_connect_provider.main.url, "https://", "")}:aud"
      values   = ["sts.amazonaws.com"]
    }
  }
}

resource "aws_eks_pod_identity_association" "default" {
  cluster_name    = "main"
  namespace       = "web"
  service_account = "default" # expect: KW310
  role_arn        = aws_iam_role.never_matches.arn
}
