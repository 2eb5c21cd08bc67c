resource "aws_rolesanywhere_trust_anchor" "main" {
  name    = "main"
  enabled = true
  source {
    source_type = "AWS_ACM_PCA"
    source_data {
      acm_pca_arn = "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/4f3c"
    }
  }
}

resource "aws_iam_role" "anchor" {
  name = "anchor"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "rolesanywhere.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
      Condition = {
        ArnEquals = { "aws:SourceArn" = aws_rolesanywhere_trust_anchor.main.arn }
      }
    }]
  })
}

resource "aws_iam_role" "certificate" {
  name = "certificate"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "rolesanywhere.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Condition = {
        StringEquals = { "aws:PrincipalTag/x509Subject/CN" = "backup.acme.example" }
      }
    }]
  })
}

resource "aws_rolesanywhere_profile" "one" {
  name      = "one"
  role_arns = [aws_iam_role.anchor.arn]
}
