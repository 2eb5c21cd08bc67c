variable "key" {
  type      = string
  sensitive = true
}

resource "tfe_workspace" "app" {
  for_each     = toset(["app-prod", "app-dev"])
  name         = each.key
  organization = "acme"
}

resource "tfe_variable_set" "cloud" {
  name         = "cloud access"
  organization = "acme"
  global       = true # expect: KW403
}

resource "tfe_variable" "cloud" {
  key             = "AWS_SECRET_ACCESS_KEY"
  value           = var.key
  category        = "env"
  sensitive       = true
  variable_set_id = tfe_variable_set.cloud.id
}

resource "tfe_variable_set" "database" { # expect: KW403
  name         = "database"
  organization = "acme"
}

resource "tfe_variable" "database" {
  key             = "db_password"
  value           = var.key
  category        = "terraform"
  sensitive       = true
  variable_set_id = tfe_variable_set.database.id
}

resource "tfe_workspace_variable_set" "database" {
  for_each        = tfe_workspace.app
  workspace_id    = each.value.id
  variable_set_id = tfe_variable_set.database.id
}
