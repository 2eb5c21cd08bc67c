resource "aws_iam_policy" "boundary" {
  name = "app-boundary"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:GetObject"], Resource = "arn:aws:s3:::app/*" }]
  })
}

resource "aws_iam_role" "app" {
  name                 = "app"
  tags                 = { owner = "web" }
  permissions_boundary = aws_iam_policy.boundary.arn
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_instance_profile" "app" {
  role = aws_iam_role.app.name
}

resource "aws_instance" "app" {
  iam_instance_profile = aws_iam_instance_profile.app.name
  metadata_options {
    http_tokens = "required"
  }
}

# The only boundary of this code is asked for.
data "aws_iam_policy_document" "platform" {
  statement {
    actions   = ["iam:CreateRole", "iam:PutRolePolicy"] # expect: KW205
    resources = ["arn:aws:iam::123456789012:role/app-*"]
  }
  statement {
    actions   = ["iam:GetRole", "iam:TagRole"]
    resources = ["arn:aws:iam::123456789012:role/app-*"]
  }
}

resource "aws_iam_role_policy" "platform" {
  role   = "platform"
  policy = data.aws_iam_policy_document.platform.json
}
