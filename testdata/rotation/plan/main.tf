resource "aws_iam_user" "exporter" {
  name = "exporter"
  tags = { owner = "payments", environment = "production" }
}

resource "aws_iam_access_key" "exporter" {
  user = aws_iam_user.exporter.name
}

resource "aws_iam_access_key" "exporter_spare" {
  user = aws_iam_user.exporter.name
}

resource "aws_iam_access_key" "exporter_old" {
  user   = aws_iam_user.exporter.name
  status = "Inactive"
}

resource "github_actions_secret" "exporter" {
  repository      = "exporter"
  secret_name     = "AWS_SECRET_ACCESS_KEY"
  plaintext_value = aws_iam_access_key.exporter.secret
}

output "spare" {
  value     = aws_iam_access_key.exporter_spare.secret
  sensitive = true
}

resource "google_service_account" "reports" {
  account_id  = "reports"
  description = "Nightly reports. Owner: max.roe@acme.example"
}

resource "google_service_account_key" "reports" {
  service_account_id = google_service_account.reports.name
  keepers            = { made = "2026-06-01" }
}

resource "azuread_application" "portal" {
  display_name = "portal"
  tags         = ["owner:jane.doe@acme.example"]
}

resource "azuread_application_password" "portal" {
  application_id = azuread_application.portal.id
  end_date       = "2026-11-30T00:00:00Z"
}

resource "time_rotating" "hub" {
  rotation_days = 30
}

resource "azuread_service_principal_password" "hub" {
  service_principal_id = "5b7c8c5e-6c4e-4b6a-9d4b-0d9f0a3f2c11"
  rotate_when_changed  = { rotation = time_rotating.hub.id }
}

resource "random_password" "orders" {
  length = 32
}

resource "aws_db_instance" "orders" {
  identifier = "orders"
  username   = "orders"
  password   = random_password.orders.result
  tags       = { owner = "orders" }
}

resource "aws_iam_user" "mailer" {
  name = "mailer"
  tags = { owner = "jane.doe@acme.example" }
}

resource "aws_iam_access_key" "mailer" {
  user = aws_iam_user.mailer.name
}

resource "aws_secretsmanager_secret_version" "mailer" {
  secret_id     = "mailer"
  secret_string = aws_iam_access_key.mailer.ses_smtp_password_v4
}

resource "aws_db_instance" "legacy" {
  identifier = "legacy"
  username   = "legacy"
  password   = "Tr0ub4dor&3-horse"
  tags       = { owner = "orders" }
}

# A pair of which both halves are here is one item; what registers only a public half is another.
resource "tls_private_key" "bastion" {
  algorithm = "ED25519"
}

resource "aws_key_pair" "bastion" {
  key_name   = "bastion"
  public_key = tls_private_key.bastion.public_key_openssh
}

resource "aws_transfer_ssh_key" "partner" {
  server_id = "s-0123456789abcdef0"
  user_name = "partner"
  body      = var.partner_public_key
}

variable "partner_public_key" {
  type = string
}

# It says where events go, and nobody logs in with it.
resource "pagerduty_service_integration" "alarms" {
  service = "PABCDEF"
  vendor  = "PZQ6AUS"
}
