variable "session" {
  type = number
}

resource "aws_iam_role" "this" {
  name                 = "app"
  assume_role_policy   = "{}"
  max_session_duration = var.session
}
