resource "random_password" "db" {
  length = 24
}

resource "aws_secretsmanager_secret" "db" { # expect: KW502
  name = "db"
}

resource "aws_secretsmanager_secret_version" "db" {
  secret_id     = aws_secretsmanager_secret.db.arn
  secret_string = jsonencode({ password = random_password.db.result })
}

resource "aws_db_instance" "db" {
  identifier = "db"
  password   = random_password.db.result
}

resource "google_secret_manager_secret" "db" { # expect: KW502
  secret_id = "db"
}

resource "google_secret_manager_secret_version" "db" {
  secret      = google_secret_manager_secret.db.id
  secret_data = random_password.db.result
}

# Nothing here says what is in it.
resource "aws_secretsmanager_secret" "vendor" { # expect: KW502
  name = "vendor-api-key"
}

resource "aws_rds_cluster" "literal" {
  cluster_identifier = "literal"
  master_username    = "admin"
  master_password    = "Wq7!zTr4-mBn9" # expect: KW502
}

# One value in two entries is one thing to rotate.
resource "random_password" "header" {
  length = 24
}

resource "aws_secretsmanager_secret" "header" { # expect: KW502
  for_each = toset(["edge", "origin"])
  name     = each.key
}

resource "aws_secretsmanager_secret" "copy" { # expect: KW502
  name = "copy"
}

resource "aws_secretsmanager_secret_version" "header" {
  for_each      = aws_secretsmanager_secret.header
  secret_id     = each.value.id
  secret_string = random_password.header.result
}

resource "aws_secretsmanager_secret_version" "copy" {
  secret_id     = aws_secretsmanager_secret.copy.id
  secret_string = random_password.header.result
}
