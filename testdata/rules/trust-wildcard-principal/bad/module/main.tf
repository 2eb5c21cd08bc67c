module "queue" {
  source  = "./queue"
  callers = ["*"] # expect: KW301
}
