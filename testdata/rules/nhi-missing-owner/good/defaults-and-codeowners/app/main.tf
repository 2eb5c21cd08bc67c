variable "tags" {
  type = map(string)
}

resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = "{}"
  tags               = merge({ env = "dev" }, var.tags)
}

resource "aws_iam_role_policy_attachment" "app" {
  role       = aws_iam_role.app.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}
