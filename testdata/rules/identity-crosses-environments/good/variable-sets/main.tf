variable "key" {
  type      = string
  sensitive = true
}

resource "tfe_workspace" "prod" {
  name         = "app-prod"
  organization = "acme"
}

resource "tfe_workspace" "dev" {
  name         = "app-dev"
  organization = "acme"
}

# Settings for all.
resource "tfe_variable_set" "region" {
  name         = "region"
  organization = "acme"
  global       = true
}

resource "tfe_variable" "region" {
  key             = "AWS_REGION"
  value           = "eu-west-1"
  category        = "env"
  variable_set_id = tfe_variable_set.region.id
}

resource "tfe_variable_set" "database" {
  name          = "database"
  organization  = "acme"
  workspace_ids = [tfe_workspace.prod.id]
}

resource "tfe_variable" "database" {
  key             = "db_password"
  value           = var.key
  category        = "terraform"
  sensitive       = true
  variable_set_id = tfe_variable_set.database.id
}
