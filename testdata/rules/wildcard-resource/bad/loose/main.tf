# Attached elsewhere, if at all.
resource "aws_iam_policy" "publish" {
  name = "publish"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sns:Publish", Resource = "*" }] # expect: KW204
  })
}

data "aws_iam_policy_document" "keys" {
  statement {
    actions   = ["kms:Decrypt", "kms:ScheduleKeyDeletion"]
    resources = ["*"] # expect: KW204
  }
}

output "keys" {
  value = data.aws_iam_policy_document.keys.json
}
