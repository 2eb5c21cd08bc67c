resource "aws_iam_role" "open" {
  name = "open"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ # expect: KW309
      Effect    = "Allow"
      Principal = { Service = "rolesanywhere.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    }]
  })
}

# Every anchor is in this account.
resource "aws_iam_role" "account" {
  name = "account"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ # expect: KW309
      Effect    = "Allow"
      Principal = { Service = "rolesanywhere.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Condition = {
        StringEquals = { "aws:SourceAccount" = "123456789012" }
      }
    }]
  })
}

resource "aws_iam_role" "any_anchor" {
  name = "any-anchor"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ # expect: KW309
      Effect    = "Allow"
      Principal = { Service = "rolesanywhere.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        ArnLike = { "aws:SourceArn" = "*" }
      }
    }]
  })
}

resource "tls_private_key" "authority" {
  algorithm = "ECDSA"
}

resource "tls_self_signed_cert" "authority" {
  private_key_pem       = tls_private_key.authority.private_key_pem
  is_ca_certificate     = true
  validity_period_hours = 8760
  allowed_uses          = ["cert_signing"]
}

resource "aws_rolesanywhere_trust_anchor" "state" {
  name    = "state"
  enabled = true
  source {
    source_type = "CERTIFICATE_BUNDLE"
    source_data {
      x509_certificate_data = tls_self_signed_cert.authority.cert_pem # expect: KW309
    }
  }
}

resource "aws_rolesanywhere_profile" "several" {
  name      = "several"
  role_arns = [aws_iam_role.open.arn, aws_iam_role.account.arn] # expect: KW309
}
