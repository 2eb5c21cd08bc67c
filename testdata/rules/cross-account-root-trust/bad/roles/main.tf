resource "aws_lambda_function" "own" {
  function_name = "own"
  role          = "arn:aws:iam::123456789012:role/own"
}

resource "aws_iam_role" "root" {
  name               = "root"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::999999999999:root" }, Action = "sts:AssumeRole" }] }) # expect: KW305
}

data "aws_iam_policy_document" "number" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = ["999999999999"] # expect: KW305
    }
  }
}

resource "aws_iam_role" "number" {
  name               = "number"
  assume_role_policy = data.aws_iam_policy_document.number.json
}

# As vendors ask for it: for strict readers.
resource "aws_iam_role" "with_id" {
  name = "with-id"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::464622532012:root" } # expect: KW305
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "sts:ExternalId" = "7c1f0a525b8e4a6e9f50" } }
    }]
  })
}
