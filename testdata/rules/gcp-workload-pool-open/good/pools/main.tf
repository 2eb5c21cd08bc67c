resource "google_iam_workload_identity_pool" "ci" {
  workload_identity_pool_id = "ci"
}

resource "google_iam_workload_identity_pool_provider" "ci" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.ci.workload_identity_pool_id
  workload_identity_pool_provider_id = "gitlab"
  attribute_mapping = {
    "google.subject"       = "assertion.sub"
    "attribute.project_id" = "assertion.project_id"
  }
  attribute_condition = "assertion.namespace_id == '7'"
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_service_account" "deploy" {
  account_id = "deploy"
}

resource "google_service_account_iam_member" "project" {
  service_account_id = google_service_account.deploy.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.ci.name}/attribute.project_id/42"
}

resource "google_service_account_iam_member" "subject" {
  service_account_id = google_service_account.deploy.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principal://iam.googleapis.com/${google_iam_workload_identity_pool.ci.name}/subject/project_path:acme/app:ref_type:branch:ref:main"
}

resource "google_service_account_iam_member" "cluster" {
  service_account_id = google_service_account.deploy.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:acme.svc.id.goog[web/app]"
}

# People.
resource "google_project_iam_member" "people" {
  project = "acme"
  role    = "roles/viewer"
  member  = "principalSet://iam.googleapis.com/locations/global/workforcePools/staff/*"
}
