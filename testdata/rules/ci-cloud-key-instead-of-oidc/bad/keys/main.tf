resource "aws_iam_access_key" "ci" {
  user = "ci"
}

resource "github_actions_secret" "id" {
  repository      = "app"
  secret_name     = "AWS_ACCESS_KEY_ID"
  plaintext_value = aws_iam_access_key.ci.id
}

resource "github_actions_secret" "key" {
  repository      = "app"
  secret_name     = "UPLOAD_KEY"
  plaintext_value = aws_iam_access_key.ci.secret # expect: KW123
}

variable "key" {
  type      = string
  sensitive = true
}

resource "github_actions_organization_secret" "named" {
  secret_name     = "PROD_AWS_SECRET_ACCESS_KEY" # expect: KW123
  visibility      = "selected"
  encrypted_value = var.key
}

resource "google_service_account_key" "deploy" {
  service_account_id = "projects/p/serviceAccounts/deploy@p.iam.gserviceaccount.com"
}

resource "gitlab_project_variable" "deploy" {
  project   = "1"
  key       = "SERVICE_ACCOUNT"
  value     = base64decode(google_service_account_key.deploy.private_key) # expect: KW123
  protected = true
}

resource "tfe_variable" "azure" {
  workspace_id = "ws-1"
  category     = "env"
  key          = "ARM_CLIENT_SECRET" # expect: KW123
  value        = var.key
  sensitive    = true
}
