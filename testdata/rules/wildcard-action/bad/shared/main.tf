# One document for many: one mistake.

module "app" {
  source   = "./app"
  for_each = toset(["a", "b"])
  name     = each.key
  actions  = ["kms:*", "sqs:SendMessage"] # expect: KW202
}
