resource "google_service_account" "worker" {
  account_id = "worker"
  project    = "acme"
}

resource "google_project_iam_member" "worker" {
  project = "acme"
  role    = "roles/iam.workloadIdentityPoolAdmin" # expect: KW413
  member  = google_service_account.worker.member
}
