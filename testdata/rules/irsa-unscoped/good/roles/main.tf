variable "namespace" {
  type = string
}

data "aws_eks_cluster" "main" {
  name = "main"
}

resource "aws_iam_openid_connect_provider" "main" {
  url            = data.aws_eks_cluster.main.identity[0].oidc[0].issuer
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "app" {
  name = "app"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = aws_iam_openid_connect_provider.main.arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "${replace(aws_iam_openid_connect_provider.main.url, "https://", "")}:aud" = "sts.amazonaws.com"
          "${replace(aws_iam_openid_connect_provider.main.url, "https://", "")}:sub" = "system:serviceaccount:${var.namespace}:app"
        }
      }
    }]
  })
}

resource "aws_iam_role" "literal" {
  name = "literal"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = { "oidc.eks.eu-west-1.amazonaws.com/id/A1:sub" = "system:serviceaccount:web:app" }
      }
    }]
  })
}

resource "aws_eks_pod_identity_association" "app" {
  cluster_name    = "main"
  namespace       = "web"
  service_account = "app"
  role_arn        = aws_iam_role.literal.arn
}
