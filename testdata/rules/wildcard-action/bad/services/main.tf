data "aws_iam_policy_document" "deploy" {
  statement {
    actions   = ["s3:GetObject", "iam:*"] # expect: KW202
    resources = ["*"]
  }
  statement {
    actions   = ["lambda:*"]
    resources = ["*"]
  }
}

resource "aws_iam_role" "deploy" {
  name = "deploy"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "codebuild.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "deploy" {
  role   = aws_iam_role.deploy.id
  policy = data.aws_iam_policy_document.deploy.json
}

# All buckets are no narrower than everything.
resource "aws_iam_policy" "buckets" {
  name = "buckets"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:Put*", Resource = "arn:aws:s3:::*" }] # expect: KW202
  })
}

resource "aws_iam_user" "uploader" {
  name = "uploader"
}

resource "aws_iam_user_policy_attachment" "buckets" {
  user       = aws_iam_user.uploader.name
  policy_arn = aws_iam_policy.buckets.arn
}

# Nothing but writing.
resource "aws_iam_role_policy" "athena" {
  role   = "athena"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "athena:*", Resource = "*" }] }) # expect: KW202
}

# For strict readers.
resource "aws_iam_role_policy" "few" {
  role   = "few"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "ecs:Submit*", Resource = "*" }] }) # expect: KW202
}
