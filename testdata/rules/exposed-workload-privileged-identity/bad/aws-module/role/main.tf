resource "aws_iam_role" "this" {
  name               = "worker"
  assume_role_policy = "{}"
}

resource "aws_iam_role_policy" "this" {
  role   = aws_iam_role.this.id
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })
}

output "arn" {
  value = aws_iam_role.this.arn
}
