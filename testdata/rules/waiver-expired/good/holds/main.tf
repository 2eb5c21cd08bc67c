# keyward: ignore[nhi-missing-owner, orphaned-identity] until=2026-11-22 reason="its last day counts"
resource "aws_iam_user" "robot" {
  name = "robot"
}
