locals {
  trust = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "codebuild.amazonaws.com" } }]
  })
}

# A boundary that allows as much.
resource "aws_iam_policy" "wide" {
  name   = "wide"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })
}

resource "aws_iam_role" "bounded" {
  name                 = "bounded"
  assume_role_policy   = local.trust
  permissions_boundary = aws_iam_policy.wide.arn
  managed_policy_arns  = ["arn:aws:iam::aws:policy/AdministratorAccess"] # expect: KW201
}

# Who may call from where is limited, what is not.
resource "aws_iam_role" "vpn" {
  name               = "vpn"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "vpn" {
  role = aws_iam_role.vpn.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = ["*"] # expect: KW201
      Resource  = "*"
      Condition = { IpAddress = { "aws:SourceIp" = "198.51.100.0/24" } }
    }]
  })
}

# A region is not a limit.
resource "aws_iam_role" "region" {
  name               = "region"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "region" {
  role = aws_iam_role.region.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = ["*"] # expect: KW201
        Resource  = "*"
        Condition = { StringEquals = { "aws:RequestedRegion" = "eu-west-1" } }
      },
      { Effect = "Deny", Action = "organizations:*", Resource = "*" },
    ]
  })
}

# A boundary from elsewhere, and a permission set for people: for strict readers.
variable "boundary" {
  type = string
}

resource "aws_iam_role" "unread" {
  name                 = "unread"
  assume_role_policy   = local.trust
  permissions_boundary = var.boundary
}

resource "aws_iam_role_policy_attachment" "unread" {
  role       = aws_iam_role.unread.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess" # expect: KW201
}

resource "aws_ssoadmin_permission_set" "admin" {
  name         = "admin"
  instance_arn = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
}

resource "aws_ssoadmin_managed_policy_attachment" "admin" {
  instance_arn       = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
  managed_policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess" # expect: KW201
  permission_set_arn = aws_ssoadmin_permission_set.admin.arn
}
