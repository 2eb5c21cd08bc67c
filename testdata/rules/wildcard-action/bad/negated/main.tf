resource "aws_iam_role_policy" "not_action" {
  role = "operator"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ # expect: KW202
      Effect    = "Allow"
      NotAction = ["iam:*", "a*:*", "b*:*", "c*:*", "d*:*", "e*:*", "f*:*", "g*:*", "i*:*", "m*:*", "o*:*"]
      Resource  = "*"
    }]
  })
}

resource "aws_iam_role_policy" "not_resource" {
  role = "cleaner"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ # expect: KW202
      Effect      = "Allow"
      Action      = ["s3:DeleteObject", "s3:PutBucketPolicy"]
      NotResource = ["arn:aws:s3:::backup", "arn:aws:s3:::backup/*"]
    }]
  })
}
