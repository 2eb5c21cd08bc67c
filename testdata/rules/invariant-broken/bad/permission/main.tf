resource "aws_s3_bucket" "logs" {
  bucket = "acme-logs"
}

resource "aws_iam_role" "app" {
  name               = "app"
  tags               = { owner = "shop" }
  assume_role_policy = "{}"
}

resource "aws_iam_role_policy" "app" {
  role = aws_iam_role.app.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:GetObject", "s3:Delete*"], Resource = "${aws_s3_bucket.logs.arn}/*" }] # expect: KW902
  })
}

resource "aws_iam_role" "janitor" {
  name               = "janitor"
  tags               = { owner = "platform" }
  assume_role_policy = "{}"
}

resource "aws_iam_role_policy" "janitor" {
  role = aws_iam_role.janitor.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:DeleteObject", Resource = "arn:aws:s3:::acme-logs/*" }]
  })
}

resource "aws_iam_role" "reader" {
  name               = "reader"
  tags               = { owner = "shop" }
  assume_role_policy = "{}"
}

resource "aws_iam_role_policy" "reader" {
  role = aws_iam_role.reader.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:DeleteObject", Resource = "arn:aws:s3:::acme-scratch/*" }]
  })
}
