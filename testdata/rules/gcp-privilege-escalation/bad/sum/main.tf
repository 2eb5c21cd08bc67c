# Neither role is enough alone.
resource "google_service_account" "deployer" {
  account_id = "deployer"
  project    = "acme"
}

resource "google_project_iam_member" "deploy" {
  for_each = toset(["roles/iam.serviceAccountUser", "roles/run.developer"]) # expect: KW413
  project  = "acme"
  role     = each.value
  member   = google_service_account.deployer.member
}

# On one account, which is an editor.
resource "google_service_account" "editor" {
  account_id = "editor"
  project    = "acme"
}

resource "google_project_iam_member" "editor" {
  project = "acme"
  role    = "roles/editor"
  member  = google_service_account.editor.member
}

resource "google_service_account" "release" {
  account_id = "release"
  project    = "acme"
}

resource "google_service_account_iam_member" "release" {
  service_account_id = google_service_account.editor.name
  role               = "roles/iam.serviceAccountUser" # expect: KW413
  member             = google_service_account.release.member
}

resource "google_project_iam_member" "release" {
  project = "acme"
  role    = "roles/cloudfunctions.developer"
  member  = google_service_account.release.member
}

# Inherited from the organization.
resource "google_organization_iam_member" "user" {
  org_id = "1234567890"
  role   = "roles/iam.serviceAccountUser" # expect: KW413
  member = "serviceAccount:batch@acme.iam.gserviceaccount.com"
}

resource "google_project_iam_member" "batch" {
  project = "acme"
  role    = "roles/compute.instanceAdmin.v1" # expect: KW413
  member  = "serviceAccount:batch@acme.iam.gserviceaccount.com"
}
