resource "random_password" "db" { # expect: KW402
  length = 24
}

resource "google_sql_user" "app" {
  for_each = toset(["app", "report"])
  name     = each.key
  instance = "main"
  password = random_password.db.result
}
