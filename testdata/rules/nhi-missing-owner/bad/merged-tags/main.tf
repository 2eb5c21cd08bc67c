locals {
  tags = { Stack = "jobs" }
}

resource "aws_iam_user" "one" { # expect: KW001
  name = "one"
  tags = local.tags
}

resource "aws_iam_access_key" "one" {
  user = aws_iam_user.one.name
}

resource "aws_iam_user" "two" { # expect: KW001
  name = "two"
  tags = merge(local.tags, { Name = "two" })
}

resource "aws_iam_access_key" "two" {
  user = aws_iam_user.two.name
}

resource "aws_iam_user" "three" { # expect: KW001
  name = "three"
  tags = merge(
    local.tags,
    {
      Name = "three"
    },
  )
}

resource "aws_iam_access_key" "three" {
  user = aws_iam_user.three.name
}

resource "aws_iam_user" "four" { # expect: KW001
  name = "four"
  tags = { Name = "four" }
}

resource "aws_iam_access_key" "four" {
  user = aws_iam_user.four.name
}
