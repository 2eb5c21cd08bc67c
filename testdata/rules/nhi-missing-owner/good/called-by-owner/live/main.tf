module "agent" {
  source   = "../shared"
  for_each = toset(["eu", "us"])
  name     = each.key
}
