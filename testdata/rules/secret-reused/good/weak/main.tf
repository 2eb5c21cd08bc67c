variable "a_password" {
  type    = string
  default = "postgres"
}

resource "aws_db_instance" "one" {
  identifier = "one"
  password   = "wintergarden"
}

resource "aws_db_instance" "two" {
  identifier = "two"
  password   = "wintergarden"
}
