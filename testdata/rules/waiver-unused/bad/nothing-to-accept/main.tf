# keyward: ignore[missing-expiry] until=2999-01-31 reason="the vendor sets no end" # expect: KW903
resource "aws_iam_user" "robot" {
  name = "robot"
  tags = { owner = "platform" }
}

locals {
  # A string is no comment.
  text = "# keyward: ignore[missing-expiry]"
  key  = 1 # keyward: ignore[hardcoded-secret] until=2999-01-31 reason="sample" # expect: KW903
}
