resource "random_password" "db" {
  for_each = toset(["blue", "green"])
  length   = 24
}

locals {
  passwords = { for name, one in random_password.db : name => one.result }
}

module "db" {
  source   = "./db"
  for_each = local.passwords
  name     = each.key
  password = each.value
}
