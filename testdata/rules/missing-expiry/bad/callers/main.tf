module "token" {
  source = "./token"
  names  = ["a", "b"]
}
