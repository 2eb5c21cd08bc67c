locals {
  owner = "jane.doe@acme.example" # expect: KW002
}

resource "aws_iam_user" "exporter" {
  name = "exporter"
  tags = { owner = local.owner }
}

resource "aws_iam_access_key" "exporter" {
  user = aws_iam_user.exporter.name
}

resource "google_service_account" "etl" {
  account_id  = "etl"
  description = "Loads the warehouse. Owner: jane.doe@acme.example" # expect: KW002
}

module "app" {
  source = "./app"
  owner  = "skunkworks" # expect: KW002
}
