resource "google_iam_workload_identity_pool" "ci" {
  project                   = "acme"
  workload_identity_pool_id = "ci"
}

resource "google_iam_workload_identity_pool_provider" "ci" {
  project                            = "acme"
  workload_identity_pool_id          = google_iam_workload_identity_pool.ci.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  attribute_condition                = "assertion.repository_owner == 'acme'"
  attribute_mapping = {
    "google.subject"       = "assertion.sub"
    "attribute.repository" = "assertion.repository"
  }
  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account" "deploy" {
  account_id = "deploy"
  project    = "acme"
}

resource "google_project_iam_member" "deploy" {
  project = "acme"
  role    = "roles/owner"
  member  = google_service_account.deploy.member
}

# Every repository of the organization.
resource "google_service_account_iam_member" "all" {
  service_account_id = google_service_account.deploy.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.ci.name}/*" # expect: KW416
}

# One repository: for strict readers.
resource "google_service_account_iam_member" "one" {
  service_account_id = google_service_account.deploy.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.ci.name}/attribute.repository/acme/infra" # expect: KW416
}
