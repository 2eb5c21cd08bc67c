# What is named is not declared here, and many secrets at once take the permission for each.
resource "aws_iam_user" "named" {
  name = "named"
}

resource "aws_iam_user_policy" "named" {
  user = aws_iam_user.named.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "sagemaker:CreatePresignedNotebookInstanceUrl", Resource = "arn:aws:sagemaker:eu-west-1:123456789012:notebook-instance/own" },
      { Effect = "Allow", Action = "lambda:UpdateFunctionCode", Resource = "arn:aws:lambda:eu-west-1:123456789012:function:own" },
      { Effect = "Allow", Action = "secretsmanager:BatchGetSecretValue", Resource = "*" },
      { Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:own-*" },
    ]
  })
}
