provider "aws" {
  default_tags {
    tags = { Owner = "growth-hackers" } # expect: KW002
  }
}

resource "aws_iam_role" "a" {
  name               = "a"
  assume_role_policy = "{}"
}

resource "aws_iam_role" "b" {
  name               = "b"
  assume_role_policy = "{}"
}

# One of two is still there.
resource "aws_iam_role" "c" {
  name               = "c"
  assume_role_policy = "{}"
  tags               = { Owner = "jane.doe@acme.example, payments" }
}
