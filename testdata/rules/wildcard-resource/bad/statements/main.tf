# Literal.
resource "aws_iam_role_policy" "upload" {
  role = "upload"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:PutObject", "s3:DeleteObject"]
      Resource = "*" # expect: KW204
    }]
  })
}

# Text in a heredoc.
resource "aws_iam_user_policy" "decrypt" {
  user   = "backup"
  policy = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": [
        { "Sid": "expect: KW204 .", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*" }
      ]
    }
  EOT
}

# Two statements of one document are one mistake.
data "aws_iam_policy_document" "app" {
  statement {
    actions   = ["sqs:SendMessage", "sqs:DeleteMessage"]
    resources = ["*"]
  }
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["*"] # expect: KW204
  }
}

resource "aws_iam_role" "app" {
  name = "app"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "app" {
  role   = aws_iam_role.app.id
  policy = data.aws_iam_policy_document.app.json
}

# All buckets, and a region that leaves it as wide.
resource "aws_iam_role_policy" "buckets" {
  role = "buckets"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "s3:PutObject"
      Resource  = "arn:aws:s3:::*" # expect: KW204
      Condition = { StringEquals = { "aws:RequestedRegion" = "eu-west-1" } }
    }]
  })
}

# A wildcard that is a matter of its own.
resource "aws_iam_role_policy" "tables" {
  role = "tables"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "dynamodb:*", Resource = "*" }] # expect: KW204
  })
}

# For strict readers.
resource "aws_iam_role_policy" "volumes" {
  role = "volumes"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["ec2:AttachVolume", "sqs:CreateQueue"], Resource = "*" }] # expect: KW204
  })
}

# Every object of every bucket.
resource "aws_iam_role_policy" "objects" {
  role = "objects"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:PutObject", "s3:PutBucketPolicy"], Resource = "arn:aws:s3:::*/*" }] # expect: KW204
  })
}
