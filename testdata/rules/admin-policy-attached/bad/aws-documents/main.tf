locals {
  trust = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

# The element inside the data source is to blame, not the role that uses it.
data "aws_iam_policy_document" "all" {
  statement {
    actions   = ["s3:ListAllMyBuckets"]
    resources = ["*"]
  }
  statement {
    sid       = "Everything"
    actions   = ["*"] # expect: KW201
    resources = ["*"]
  }
}

resource "aws_iam_role" "inline" {
  name               = "inline"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "inline" {
  role   = aws_iam_role.inline.id
  policy = data.aws_iam_policy_document.all.json
}

resource "aws_lambda_function" "inline" {
  function_name = "inline"
  role          = aws_iam_role.inline.arn
}

# One customer managed policy for several roles is one mistake.
resource "aws_iam_policy" "shared" {
  name = "shared"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "*:*" # expect: KW201
      Resource = "arn:aws:*"
    }]
  })
}

resource "aws_iam_role" "many" {
  for_each           = toset(["a", "b"])
  name               = each.key
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy_attachment" "many" {
  for_each   = aws_iam_role.many
  role       = each.value.name
  policy_arn = aws_iam_policy.shared.arn
}

# Everything but one service.
resource "aws_iam_role" "not_action" {
  name               = "not-action"
  assume_role_policy = local.trust
  inline_policy {
    name = "all"
    policy = jsonencode({
      Version = "2012-10-17"
      Statement = [
        { Effect = "Allow", NotAction = ["organizations:*"], Resource = "*" } # expect: KW201
      ]
    })
  }
}

# Two policies that come to it only together.
resource "aws_iam_role" "sum" {
  name               = "sum"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "sum_a" {
  role   = aws_iam_role.sum.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", NotAction = "iam:*", Resource = "*" }] }) # expect: KW201
}

resource "aws_iam_role_policy" "sum_b" {
  role   = aws_iam_role.sum.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "iam:*", Resource = "*" }] })
}
