resource "aws_iam_user" "robot" {
  name = "robot"
  tags = { owner = "platform" }
}

# keyward: ignore[KW107] reason="vendor has no OIDC" # expect: KW901
resource "aws_iam_access_key" "robot" {
  user = aws_iam_user.robot.name
}
