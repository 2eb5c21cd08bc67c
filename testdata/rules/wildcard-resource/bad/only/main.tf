# The only table that can be meant.
resource "aws_dynamodb_table" "jobs" {
  name         = "jobs"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_s3_bucket" "uploads" {
  bucket = "uploads"
}

resource "aws_iam_role_policy" "jobs" {
  role = "jobs"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["dynamodb:PutItem", "dynamodb:UpdateItem"], Resource = "*" }, # expect: KW204
    ]
  })
}

data "aws_iam_policy_document" "uploads" {
  statement {
    actions   = ["s3:PutObject", "s3:GetObject"]
    resources = ["*"] # expect: KW204
  }
}

resource "aws_iam_role_policy" "uploads" {
  role   = "uploads"
  policy = data.aws_iam_policy_document.uploads.json
}
