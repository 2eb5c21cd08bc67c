resource "aws_iam_role" "platform" {
  name               = "platform"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "platform" {
  role = aws_iam_role.platform.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:CreateRole", "iam:PutRolePolicy"], Resource = "arn:aws:iam::123456789012:role/app-*" }, # expect: KW205
    ]
  })
}

resource "aws_iam_role" "split" {
  name               = "split"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "split" {
  role = aws_iam_role.split.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:CreateUser"], Resource = "arn:aws:iam::123456789012:user/bots/*" },
      { Effect = "Allow", Action = ["iam:AttachUserPolicy"], Resource = "arn:aws:iam::123456789012:user/bots/*" }, # expect: KW205
    ]
  })
}

resource "aws_iam_policy" "lone" {
  name = "lone"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["iam:CreateRole", "iam:AttachRolePolicy"], Resource = "*" }] # expect: KW205
  })
}
