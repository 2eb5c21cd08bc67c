# The role comes out of one module, and the switch goes into another.
module "role" {
  source = "./role"
}

module "function" {
  source = "./function"
  role   = module.role.arn # expect: KW421
  public = true
}
