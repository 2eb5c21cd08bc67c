# keyward: ignore[nhi-missing-owner] until=2026-01-31 reason="the team is being formed" # expect: KW901
resource "aws_iam_user" "robot" {
  name = "robot"
}
