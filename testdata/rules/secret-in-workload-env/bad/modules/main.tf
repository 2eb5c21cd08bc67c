resource "aws_iam_access_key" "k" {
  user = "svc"
}

module "fn" {
  source   = "./child"
  settings = { SECRET = aws_iam_access_key.k.secret } # expect: KW103
}
