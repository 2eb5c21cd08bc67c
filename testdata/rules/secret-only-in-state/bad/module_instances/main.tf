module "user" {
  source   = "./user"
  for_each = toset(["reports", "backup"])
  name     = each.key
}
