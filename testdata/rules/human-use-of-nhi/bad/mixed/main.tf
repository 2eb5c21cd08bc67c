resource "aws_iam_user" "ops" { # expect: KW404
  name = "ops"
}

resource "aws_iam_user_login_profile" "ops" {
  user = aws_iam_user.ops.name
}

resource "aws_iam_access_key" "ops" {
  user = "ops"
}

resource "aws_iam_user" "glass" {
  name = "break-glass"
}

resource "aws_iam_user_login_profile" "glass" { # expect: KW404
  user = aws_iam_user.glass.name
}

resource "google_service_account" "deploy" {
  account_id = "deploy"
}

resource "google_service_account_iam_member" "person" {
  service_account_id = google_service_account.deploy.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = "user:ann@example.com" # expect: KW404
}

resource "google_project_iam_binding" "group" {
  project = "p"
  role    = "roles/iam.serviceAccountTokenCreator"
  members = ["group:devs@example.com"] # expect: KW404
}
