variable "name" {
  type = string
}

variable "pgp_key" {
  type    = string
  default = null
}

resource "aws_iam_access_key" "this" { # expect: KW105
  user    = var.name
  pgp_key = var.pgp_key
}
