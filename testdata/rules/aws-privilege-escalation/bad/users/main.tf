resource "aws_iam_user" "admin" {
  name = "admin"
}

resource "aws_iam_user_policy_attachment" "admin" {
  user       = aws_iam_user.admin.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

resource "aws_iam_group" "admins" {
  name = "admins"
}

resource "aws_iam_group_policy_attachment" "admins" {
  group      = aws_iam_group.admins.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

resource "aws_iam_user" "keys" {
  name = "keys"
}

resource "aws_iam_user_policy" "keys" {
  user = aws_iam_user.keys.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:CreateAccessKey"], Resource = "*" }, # expect: KW411
    ]
  })
}

resource "aws_iam_user" "login" {
  name = "login"
}

resource "aws_iam_user_policy" "login" {
  user = aws_iam_user.login.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:CreateLoginProfile"], Resource = "arn:aws:iam::123456789012:user/*" }, # expect: KW411
    ]
  })
}

resource "aws_iam_user" "reset" {
  name = "reset"
}

resource "aws_iam_user_policy" "reset" {
  user = aws_iam_user.reset.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:UpdateLoginProfile"], Resource = aws_iam_user.admin.arn }, # expect: KW411
    ]
  })
}

resource "aws_iam_user" "attach" {
  name = "attach"
}

resource "aws_iam_user_policy" "attach" {
  user = aws_iam_user.attach.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:AttachUserPolicy"], Resource = "arn:aws:iam::*:user/$${aws:username}" }, # expect: KW411
    ]
  })
}

resource "aws_iam_user" "put" {
  name = "put"
}

resource "aws_iam_user_policy" "put" {
  user = aws_iam_user.put.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:PutUserPolicy"], Resource = "*" }, # expect: KW411
    ]
  })
}

resource "aws_iam_user" "join" {
  name = "join"
}

resource "aws_iam_user_policy" "join" {
  user = aws_iam_user.join.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:AddUserToGroup"], Resource = aws_iam_group.admins.arn }, # expect: KW411
    ]
  })
}

resource "aws_iam_user" "group" {
  name = "group"
}

resource "aws_iam_user_policy" "group" {
  user = aws_iam_user.group.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:PutGroupPolicy"], Resource = "*" }, # expect: KW411
    ]
  })
}

