module "app" {
  source   = "./role"
  for_each = toset(["a", "b"])
  name     = each.key
  actions  = ["iam:PutRolePolicy"] # expect: KW411
}
