variable "name" {
  type = string
}

resource "aws_iam_user" "this" {
  name = var.name
  path = "/ci/"
}

resource "aws_iam_access_key" "this" {
  user = aws_iam_user.this.name
}

output "access_key_id" {
  value = aws_iam_access_key.this.id
}

output "secret" {
  value     = aws_iam_access_key.this.secret
  sensitive = true
}
