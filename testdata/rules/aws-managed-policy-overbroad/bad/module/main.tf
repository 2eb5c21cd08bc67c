module "app" {
  source   = "./app"
  policies = ["arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess"] # expect: KW203
}
