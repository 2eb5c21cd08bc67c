resource "google_service_account" "admin" {
  account_id = "admin"
  project    = "acme"
}

resource "google_project_iam_member" "admin" {
  project = "acme"
  role    = "roles/owner"
  member  = google_service_account.admin.member
}

resource "kubernetes_service_account" "api" {
  metadata {
    name      = "api"
    namespace = "web"
    annotations = {
      "iam.gke.io/gcp-service-account" = google_service_account.admin.email
    }
  }
}

resource "google_service_account_iam_member" "pod" {
  service_account_id = google_service_account.admin.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:acme.svc.id.goog[web/api]" # expect: KW416
}

# Not an administrator, but one token away from it.
resource "google_service_account" "helper" {
  account_id = "helper"
  project    = "acme"
}

resource "google_project_iam_member" "helper" {
  project = "acme"
  role    = "roles/iam.serviceAccountTokenCreator"
  member  = google_service_account.helper.member
}

resource "google_service_account_iam_member" "helper" {
  service_account_id = google_service_account.helper.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:acme.svc.id.goog[web/helper]" # expect: KW416
}
