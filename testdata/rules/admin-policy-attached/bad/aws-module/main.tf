module "ci" {
  source   = "./ci"
  policies = var.policies
}

variable "policies" {
  type = list(string)
}

# The module of this one is not here.
module "other" {
  source      = "example.com/roles/ci/aws"
  policy_arns = ["arn:aws:iam::aws:policy/AdministratorAccess"] # expect: KW201
}
