variable "pgp_key" {
  type = string
}

resource "aws_iam_access_key" "wrapped" {
  user    = "ci"
  pgp_key = var.pgp_key
}

resource "aws_iam_access_key" "off" {
  user   = "ci"
  status = "Inactive"
}

resource "aws_iam_user_login_profile" "jane" {
  user    = "jane"
  pgp_key = "keybase:jane"
}

resource "vault_approle_auth_backend_role_secret_id" "app" {
  role_name    = "app"
  wrapping_ttl = "5m"
}

# Only public halves.
resource "aws_key_pair" "admin" {
  key_name   = "admin"
  public_key = "ssh-ed25519 AAAA admin"
}

resource "google_service_account_key" "uploaded" {
  service_account_id = "robot"
  public_key_data    = filebase64("cert.pem")
}

resource "aws_iot_certificate" "device" {
  active = true
  csr    = "-----BEGIN CERTIFICATE REQUEST-----"
}

ephemeral "tls_private_key" "ca" {
  algorithm = "ED25519"
}

# Told as what it is: the write-only argument is there.
resource "tls_private_key" "web" {
  algorithm = "ED25519"
}

resource "aws_secretsmanager_secret_version" "web" {
  secret_id     = "web"
  secret_string = tls_private_key.web.private_key_pem
}
