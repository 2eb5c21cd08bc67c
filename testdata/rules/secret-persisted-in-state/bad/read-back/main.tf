resource "random_password" "db" {
  length = 32
}

resource "aws_secretsmanager_secret" "db" {
  name = "db"
}

resource "aws_secretsmanager_secret_version" "db" {
  secret_id     = aws_secretsmanager_secret.db.id
  secret_string = random_password.db.result # expect: KW104
}

resource "aws_db_instance" "shop" {
  identifier = "shop"
  username   = "shop"
  password   = aws_secretsmanager_secret_version.db.secret_string # expect: KW104
}
