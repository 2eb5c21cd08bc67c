provider "aws" {
  region = "eu-west-1"

  default_tags {
    tags = {
      Environment = "staging"
      Repository  = "acme/jobs"
    }
  }
}

resource "aws_iam_user" "importer" { # expect: KW001
  name = "importer"
}

resource "aws_iam_access_key" "importer" {
  user = aws_iam_user.importer.name
}

resource "aws_iam_user" "exporter" { # expect: KW001
  name = "exporter"
}

resource "aws_iam_access_key" "exporter" {
  user = aws_iam_user.exporter.name
}
