# Reads secrets anywhere by one policy, and is held to its own by a Deny and a boundary.
resource "aws_iam_policy" "boundary" {
  name   = "boundary"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sqs:*", Resource = "*" }] })
}

resource "aws_iam_role" "hook" {
  name                 = "hook"
  assume_role_policy   = "{}"
  permissions_boundary = aws_iam_policy.boundary.arn
  inline_policy {
    name   = "wide"
    policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = "*" }] })
  }
}

resource "aws_lambda_function" "hook" {
  function_name = "hook"
  role          = aws_iam_role.hook.arn
}

resource "aws_lambda_function_url" "hook" {
  function_name      = aws_lambda_function.hook.function_name
  authorization_type = "NONE"
}

# Only with a tag that it cannot set.
resource "aws_iam_role" "tagged" {
  name               = "tagged"
  assume_role_policy = "{}"
  inline_policy {
    name   = "tagged"
    policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = "*", Condition = { StringEquals = { "aws:ResourceTag/team" = "shop" } } }] })
  }
}

resource "aws_lambda_function" "tagged" {
  function_name = "tagged"
  role          = aws_iam_role.tagged.arn
}

resource "aws_lambda_function_url" "tagged" {
  function_name      = aws_lambda_function.tagged.function_name
  authorization_type = "NONE"
}
