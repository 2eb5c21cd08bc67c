# A convention exists, so each directory speaks for itself.
resource "aws_s3_bucket" "data" {
  bucket = "acme-data"
  tags   = { Owner = "payments" }
}

resource "aws_iam_user" "exporter" { # expect: KW001
  name = "exporter"
  tags = { env = "prod", owner = "tbd" }
}

resource "aws_iam_access_key" "exporter" {
  user = aws_iam_user.exporter.name
}

resource "aws_iam_access_key" "legacy" { # expect: KW001
  user = "legacy-exporter"
}

resource "aws_iam_role" "owned" {
  name               = "owned"
  assume_role_policy = "{}"
  tags               = { Owner = "payments" }
}

resource "aws_iam_role_policy_attachment" "owned" {
  role       = aws_iam_role.owned.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_iam_role" "owned_too" {
  name               = "owned-too"
  assume_role_policy = "{}"
  tags               = { team = "payments" }
}
