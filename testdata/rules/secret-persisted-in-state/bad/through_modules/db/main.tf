variable "name" {
  type = string
}

variable "password" {
  type      = string
  sensitive = true
}

resource "aws_db_instance" "this" {
  identifier = var.name
  password   = var.password # expect: KW104
}
