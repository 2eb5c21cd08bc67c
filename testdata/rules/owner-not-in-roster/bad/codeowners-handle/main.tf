resource "aws_iam_role" "a" {
  name               = "a"
  assume_role_policy = "{}"
  tags               = { owner = "@acme/retired-team" } # expect: KW002
}

resource "aws_iam_role" "b" {
  name               = "b"
  assume_role_policy = "{}"
  tags               = { owner = "@acme/payments" }
}
