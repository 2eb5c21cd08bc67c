resource "aws_s3_bucket_policy" "org" {
  bucket = "data"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = "*", Action = "s3:PutObject", Resource = "arn:aws:s3:::data/*" },
      {
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = ["arn:aws:s3:::data", "arn:aws:s3:::data/*"]
        Condition = { StringNotEquals = { "aws:PrincipalOrgID" = "o-abc1234567" } }
      },
    ]
  })
}

# Denies for everybody are no way in.
resource "aws_s3_bucket_policy" "transport" {
  bucket = "logs"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = "arn:aws:s3:::logs/*"
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}
