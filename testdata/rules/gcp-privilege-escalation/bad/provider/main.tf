# The accounts are in the project of the provider.
provider "google" {
  project = "acme"
}

resource "google_service_account" "admin" {
  account_id = "admin"
}

resource "google_project_iam_member" "admin" {
  project = "acme"
  role    = "roles/owner"
  member  = google_service_account.admin.member
}

resource "google_service_account" "worker" {
  account_id = "worker"
}

resource "google_project_iam_member" "worker" {
  project = "acme"
  role    = "roles/iam.serviceAccountTokenCreator" # expect: KW413
  member  = google_service_account.worker.member
}
