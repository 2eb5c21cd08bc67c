locals {
  session = 7200 # expect: KW109
}

module "role" {
  source  = "./role"
  session = local.session
}

resource "aws_ssoadmin_permission_set" "admin" {
  name             = "admin"
  session_duration = "PT8H" # expect: KW109
}

resource "gitlab_project_access_token" "ci" {
  project    = "12"
  name       = "ci"
  scopes     = ["api"]
  expires_at = "2027-02-15" # expect: KW109
}
