resource "aws_iam_role" "team" {
  name               = "team"
  assume_role_policy = "{}"
  tags               = { owner = "Payments Team" }
}

resource "aws_iam_role" "person" {
  name               = "person"
  assume_role_policy = "{}"
  tags               = { owner = "max.roe@acme.example" }
}

# The last day is still to come.
resource "aws_iam_role" "leaving" {
  name               = "leaving"
  assume_role_policy = "{}"
  tags               = { owner = "Ann Lee" }
}

variable "owner" {
  type = string
}

resource "aws_iam_role" "unknown" {
  name               = "unknown"
  assume_role_policy = "{}"
  tags               = { owner = var.owner }
}

resource "azuread_application" "app" {
  display_name = "app"
  owners       = [data.azuread_client_config.current.object_id, "00000000-0000-0000-0000-00000000abcd"]
}

data "azuread_client_config" "current" {}

# An identity that no roster is asked about.
resource "aws_iam_role" "nobody" {
  name               = "nobody"
  assume_role_policy = "{}"
}
