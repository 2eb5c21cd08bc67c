variable "datadog_account_id" {
  default = "464622532012"
}

variable "partner_account_id" {
  type = string
}

# Nothing else names the account.
resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::999999999999:root" }, Action = "sts:AssumeRole" }] }) # expect: KW304
}

# The bare number of a product's account.
data "aws_iam_policy_document" "newrelic" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = ["754728514883"] # expect: KW304
    }
  }
}

resource "aws_iam_role" "metrics" {
  name               = "metrics"
  assume_role_policy = data.aws_iam_policy_document.newrelic.json
}

# Known through a variable.
resource "aws_iam_role" "monitoring" {
  name = "monitoring"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${var.datadog_account_id}:root" } # expect: KW304
      Action    = "sts:AssumeRole"
    }]
  })
}

# Not known, but named.
resource "aws_iam_role" "import" {
  name = "import"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${var.partner_account_id}:root" } # expect: KW304
      Action    = "sts:AssumeRole"
    }]
  })
}

# One role of a vendor.
resource "aws_iam_role" "scan" {
  name        = "scan"
  description = "Taken on by our third-party scanner"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::888888888888:role/scanner" } # expect: KW304
      Action    = "sts:AssumeRole"
    }]
  })
}

# Any external id will do.
resource "aws_iam_role" "any_id" {
  name = "vendor-any-id"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::888888888888:role/scanner" } # expect: KW304
      Action    = "sts:AssumeRole"
      Condition = { StringLike = { "sts:ExternalId" = "*" } }
    }]
  })
}
