module "deploy" {
  source   = "./role"
  subjects = ["repo:acme/app:ref:refs/heads/main", "repo:*/*:*"] # expect: KW302
}

module "release" {
  source   = "./role"
  subjects = ["repo:acme/app:environment:release"]
}
