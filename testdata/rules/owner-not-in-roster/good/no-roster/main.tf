resource "aws_iam_role" "a" {
  name               = "a"
  assume_role_policy = "{}"
  tags               = { owner = "anybody" }
}
