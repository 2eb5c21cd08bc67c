locals {
  accounts = { tooling = "444444444444" }
}

# A powerful role, but for one's own.
resource "aws_iam_role" "apply" {
  name               = "apply"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = local.accounts.tooling }, Action = "sts:AssumeRole" }] })
}

resource "aws_iam_role_policy_attachment" "apply" {
  role       = aws_iam_role.apply.name
  policy_arn = "arn:aws:iam::aws:policy/PowerUserAccess"
}
