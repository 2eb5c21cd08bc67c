# An administrator has nothing to escalate to.
resource "aws_iam_role" "top" {
  name               = "top"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }] })
}

resource "aws_iam_role_policy_attachment" "top" {
  role       = aws_iam_role.top.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

resource "aws_iam_role" "iam" {
  name               = "iam"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

# A Deny takes it away.
resource "aws_iam_role_policy" "iam" {
  role = aws_iam_role.iam.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:PutRolePolicy", "iam:AttachRolePolicy"], Resource = "*" },
      { Effect = "Deny", Action = ["iam:*"], Resource = "*" },
    ]
  })
}

# Behind a boundary it can give itself only what that allows.
data "aws_iam_policy_document" "limit" {
  statement {
    actions   = ["s3:*", "iam:PutRolePolicy"]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "limit" {
  name   = "limit"
  policy = data.aws_iam_policy_document.limit.json
}

resource "aws_iam_role" "bounded" {
  name               = "bounded"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
  permissions_boundary = aws_iam_policy.limit.arn
}

resource "aws_iam_role_policy" "bounded" {
  role = aws_iam_role.bounded.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:PutRolePolicy"], Resource = aws_iam_role.bounded.arn },
    ]
  })
}

# A boundary is asked for.
resource "aws_iam_role" "delegate" {
  name               = "delegate"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "delegate" {
  role = aws_iam_role.delegate.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"], Resource = "*", Condition = { StringEquals = { "iam:PermissionsBoundary" = aws_iam_policy.limit.arn } } },
    ]
  })
}

# Only some policies may be attached.
resource "aws_iam_role" "listed" {
  name               = "listed"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "listed" {
  role = aws_iam_role.listed.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:AttachRolePolicy"], Resource = "*", Condition = { ArnEquals = { "iam:PolicyARN" = "arn:aws:iam::aws:policy/ReadOnlyAccess" } } },
    ]
  })
}

# The service that is let through runs nothing that it may make.
resource "aws_iam_role" "through" {
  name               = "through"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "through" {
  role = aws_iam_role.through.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:PassRole"], Resource = "*", Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } } },
      { Effect = "Allow", Action = ["lambda:CreateFunction", "lambda:InvokeFunction"], Resource = "*" },
    ]
  })
}

# Half of a method is none.
resource "aws_iam_role" "half" {
  name               = "half"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "half" {
  role = aws_iam_role.half.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:PassRole", "lambda:CreateFunction"], Resource = "*" },
    ]
  })
}

# The role does not trust the service that it could be passed to.
resource "aws_iam_role" "machine" {
  name               = "machine"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy_attachment" "machine" {
  role       = aws_iam_role.machine.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

resource "aws_iam_role" "wrong" {
  name               = "wrong"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "wrong" {
  role = aws_iam_role.wrong.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:PassRole"], Resource = aws_iam_role.machine.arn },
      { Effect = "Allow", Action = ["lambda:CreateFunction", "lambda:InvokeFunction"], Resource = "*" },
    ]
  })
}

# Its own keys and nobody else's.
resource "aws_iam_user" "self" {
  name = "self"
}

resource "aws_iam_user_policy" "self" {
  user = aws_iam_user.self.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:CreateAccessKey", "iam:UpdateLoginProfile"], Resource = "arn:aws:iam::*:user/$${aws:username}" },
    ]
  })
}

# Whatever may be assumed is not here.
resource "aws_iam_role" "assumer" {
  name               = "assumer"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "assumer" {
  role = aws_iam_role.assumer.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["sts:AssumeRole"], Resource = "arn:aws:iam::*:role/deploy" },
    ]
  })
}

# What is not known is neither.
variable "actions" {
  type = list(string)
}

resource "aws_iam_role" "unknown" {
  name               = "unknown"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "unknown" {
  role = aws_iam_role.unknown.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = var.actions, Resource = "*" }]
  })
}

# Named on purpose: whoever wrote the trust and the policy meant it.
resource "aws_iam_role" "release" {
  name = "release"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = aws_iam_role.ci.arn } }]
  })
}

resource "aws_iam_role_policy_attachment" "release" {
  role       = aws_iam_role.release.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

resource "aws_iam_role" "ci" {
  name               = "ci"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "codebuild.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "ci" {
  role = aws_iam_role.ci.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["sts:AssumeRole"], Resource = aws_iam_role.release.arn },
    ]
  })
}
