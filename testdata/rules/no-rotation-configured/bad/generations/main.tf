terraform {
  required_version = ">= 1.5"
}

resource "aws_iam_access_key" "deploy" { # expect: KW502
  user = "deploy"
}

resource "aws_ssm_parameter" "deploy" {
  name  = "/deploy/key"
  type  = "SecureString"
  value = jsonencode({ id = aws_iam_access_key.deploy.id, key = "${aws_iam_access_key.deploy.secret}" })
}

resource "google_service_account_key" "robot" { # expect: KW502
  service_account_id = "robot@acme.iam.gserviceaccount.com"
  key_algorithm      = "KEY_ALG_RSA_2048"
}

output "robot" {
  value     = google_service_account_key.robot.private_key
  sensitive = true
}

# A user takes two keys, and has them.
resource "aws_iam_access_key" "one" { # expect: KW502
  user = "both"
}

resource "aws_iam_access_key" "two" { # expect: KW502
  user = "both"
}

resource "gitlab_group_access_token" "bot" { # expect: KW502
  group      = "acme"
  name       = "bot"
  scopes     = ["read_api"]
  expires_at = "2027-01-31"
}
