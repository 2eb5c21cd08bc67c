resource "aws_iam_user" "deploy" {
  name = "deploy"
}

resource "aws_iam_access_key" "deploy" { # expect: KW105
  user = aws_iam_user.deploy.name
}

resource "aws_iam_user_login_profile" "jane" { # expect: KW105
  user = "jane"
}

resource "google_service_account" "robot" {
  account_id = "robot"
}

resource "google_service_account_key" "robot" { # expect: KW105
  service_account_id = google_service_account.robot.name
}

resource "google_storage_hmac_key" "robot" { # expect: KW105
  service_account_email = google_service_account.robot.email
}

resource "azuread_application_password" "api" { # expect: KW105
  application_id = "/applications/11111111-1111-1111-1111-111111111111"
}

resource "tls_private_key" "ssh" { # expect: KW105
  algorithm = "ED25519"
}

resource "vault_approle_auth_backend_role_secret_id" "app" { # expect: KW105
  role_name = "app"
}

resource "gitlab_deploy_token" "registry" { # expect: KW105
  project    = "12"
  name       = "registry"
  scopes     = ["read_registry"]
  expires_at = "2027-01-15T00:00:00Z"
}

resource "confluent_api_key" "app" { # expect: KW105
  display_name = "app"
}

resource "azurerm_servicebus_namespace_authorization_rule" "send" { # expect: KW105
  name         = "send"
  namespace_id = "bus"
  send         = true
}
