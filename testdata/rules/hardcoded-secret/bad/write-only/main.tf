resource "aws_db_instance" "main" {
  identifier          = "main"
  username            = "app"
  password_wo         = "Tr7vqP2mXk9sLw4z" # expect: KW101
  password_wo_version = 1
}
