resource "aws_iam_role" "guessed" {
  name = "vendor-sync"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::888888888888:root" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "sts:ExternalId" = "vendor-sync" } } # expect: KW304
    }]
  })
}

data "aws_iam_policy_document" "numbers" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::888888888888:root"]
    }
    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = ["123456789012", "1234"] # expect: KW304
    }
  }
}

resource "aws_iam_role" "numbers" {
  name               = "numbers"
  assume_role_policy = data.aws_iam_policy_document.numbers.json
}

# Two vendors, one id.
resource "aws_iam_role" "shared" {
  for_each = toset(["888888888888", "777777777777"])
  name     = "vendor-${each.key}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${each.key}:root" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "sts:ExternalId" = "9f8e7d6c5b4a3210" } } # expect: KW304
    }]
  })
}
