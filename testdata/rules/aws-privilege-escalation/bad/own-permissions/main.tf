# A role that may write its own permissions, one way each.
resource "aws_iam_role" "put" {
  name               = "put"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "put" {
  role = aws_iam_role.put.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:PutRolePolicy"], Resource = "*" }, # expect: KW411
    ]
  })
}

resource "aws_iam_role" "attach" {
  name               = "attach"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "attach" {
  role = aws_iam_role.attach.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:AttachRolePolicy"], Resource = "*" }, # expect: KW411
    ]
  })
}

resource "aws_iam_role" "retrust" {
  name               = "retrust"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "retrust" {
  role = aws_iam_role.retrust.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:UpdateAssumeRolePolicy"], Resource = "*" }, # expect: KW411
    ]
  })
}

# The policy that it holds is its own as well.
resource "aws_iam_role" "version" {
  name               = "version"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_policy" "version" {
  name = "version"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "iam:CreatePolicyVersion", Resource = "arn:aws:iam::123456789012:policy/version" }] # expect: KW411
  })
}

resource "aws_iam_role_policy_attachment" "version" {
  role       = aws_iam_role.version.name
  policy_arn = aws_iam_policy.version.arn
}

# By its own name and nothing else.
resource "aws_iam_role" "named" {
  name               = "named"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "named" {
  role = aws_iam_role.named.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:PutRolePolicy"], Resource = "arn:aws:iam::123456789012:role/named" }, # expect: KW411
    ]
  })
}

# Older versions may have allowed more.
resource "aws_iam_role" "switch" {
  name               = "switch"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "switch" {
  role = aws_iam_role.switch.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:SetDefaultPolicyVersion"], Resource = "*" }, # expect: KW411
    ]
  })
}

# Behind a boundary that it may take away.
data "aws_iam_policy_document" "limit" {
  statement {
    actions   = ["s3:*", "iam:DeleteRolePermissionsBoundary"]
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
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] # expect: KW411
  })
}
