resource "aws_iam_role" "rotator" {
  name               = "rotator"
  tags               = { owner = "platform" }
  assume_role_policy = "{}"
}

resource "aws_iam_role_policy" "rotator" {
  role = aws_iam_role.rotator.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = "*" }]
  })
}
