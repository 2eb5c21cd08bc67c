# Nothing of what these take over is declared here: it is in the account.
resource "aws_iam_user" "templates" {
  name = "templates"
}

resource "aws_iam_user_policy" "templates" {
  user = aws_iam_user.templates.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"], Resource = "*" }] # expect: KW411
  })
}

resource "aws_iam_user" "notebooks" {
  name = "notebooks"
}

resource "aws_iam_user_policy" "notebooks" {
  user = aws_iam_user.notebooks.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sagemaker:CreatePresignedNotebookInstanceUrl", Resource = "*" }] # expect: KW411
  })
}

resource "aws_iam_user" "assumes" {
  name = "assumes"
}

resource "aws_iam_user_policy" "assumes" {
  user = aws_iam_user.assumes.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Resource = "*" }] # expect: KW411
  })
}

resource "aws_iam_user" "boundaries" {
  name = "boundaries"
}

resource "aws_iam_user_policy" "boundaries" {
  user = aws_iam_user.boundaries.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "iam:DeleteRolePermissionsBoundary", Resource = "*" }] # expect: KW411
  })
}

# Nobody has it yet.
resource "aws_iam_policy" "lone" {
  name = "lone"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "ssm:StartSession", Resource = "*" }] # expect: KW411
  })
}
