# keyward: ignore nhi-missing-owner # expect: KW901
resource "aws_iam_user" "robot" {
  name = "robot"
}

# keyward: ignore[nhi-mising-owner] until=2999-01-01 reason="a rule that there is not" # expect: KW901
resource "aws_iam_user" "other" {
  name = "other"
}
