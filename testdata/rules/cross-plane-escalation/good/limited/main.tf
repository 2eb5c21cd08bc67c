resource "google_service_account" "api" {
  account_id = "api"
  project    = "acme"
}

resource "google_project_iam_member" "api" {
  project = "acme"
  role    = "roles/pubsub.publisher"
  member  = google_service_account.api.member
}

resource "google_service_account_iam_member" "pod" {
  service_account_id = google_service_account.api.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:acme.svc.id.goog[web/api]"
}

# Identity tokens of an administrator prove who it is and nothing more.
resource "google_service_account" "admin" {
  account_id = "admin"
  project    = "acme"
}

resource "google_project_iam_member" "admin" {
  project = "acme"
  role    = "roles/owner"
  member  = google_service_account.admin.member
}

resource "google_service_account_iam_member" "identity" {
  service_account_id = google_service_account.admin.name
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = "serviceAccount:acme.svc.id.goog[web/api]"
}
