module "key" {
  source = "./key"
  count  = 2
  rotate = false # expect: KW502
}
