# Nothing that they know goes on working: a role has no key.
resource "aws_iam_role" "exporter" {
  name               = "exporter"
  assume_role_policy = "{}"
  tags               = { owner = "jane.doe@acme.example" } # expect: KW002
}

resource "google_service_account" "etl" {
  account_id  = "etl"
  description = "Loads the warehouse. Owner: jane.doe@acme.example" # expect: KW002
}
