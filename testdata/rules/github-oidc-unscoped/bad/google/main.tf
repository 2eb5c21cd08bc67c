resource "google_service_account" "deploy" {
  account_id = "deploy"
}

resource "google_iam_workload_identity_pool" "open" {
  workload_identity_pool_id = "open"
}

resource "google_iam_workload_identity_pool_provider" "open" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.open.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  attribute_mapping = {
    "google.subject"       = "assertion.sub"
    "attribute.repository" = "assertion.repository"
    "attribute.ref"        = "assertion.ref"
  }
  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account_iam_member" "whole_pool" {
  service_account_id = google_service_account.deploy.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.open.name}/*" # expect: KW302
}

resource "google_service_account_iam_binding" "any_main" {
  service_account_id = google_service_account.deploy.name
  role               = "roles/iam.workloadIdentityUser"
  members = [
    "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.open.name}/attribute.ref/refs/heads/main", # expect: KW302
    "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.open.name}/attribute.repository/acme/app",
  ]
}

# Nothing is bound yet.
resource "google_iam_workload_identity_pool_provider" "alone" { # expect: KW302
  workload_identity_pool_id          = "alone"
  workload_identity_pool_provider_id = "github"
  attribute_mapping                  = { "google.subject" = "assertion.sub" }
  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_iam_workload_identity_pool_provider" "branch_only" {
  workload_identity_pool_id          = "branch"
  workload_identity_pool_provider_id = "github"
  attribute_mapping                  = { "google.subject" = "assertion.sub" }
  attribute_condition                = "assertion.ref == 'refs/heads/main' && assertion.event_name == 'push'" # expect: KW302
  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_iam_workload_identity_pool_provider" "prefix" {
  workload_identity_pool_id          = "prefix"
  workload_identity_pool_provider_id = "github"
  attribute_mapping                  = { "google.subject" = "assertion.sub" }
  attribute_condition                = "assertion.repository.startsWith('acme')" # expect: KW302
  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

# Each binding names a repository: for strict readers.
resource "google_iam_workload_identity_pool" "bound" {
  workload_identity_pool_id = "bound"
}

resource "google_iam_workload_identity_pool_provider" "bound" { # expect: KW302
  workload_identity_pool_id          = google_iam_workload_identity_pool.bound.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  attribute_mapping = {
    "google.subject"       = "assertion.sub"
    "attribute.repository" = "assertion.repository"
  }
  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account_iam_member" "bound" {
  service_account_id = google_service_account.deploy.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.bound.name}/attribute.repository/acme/app"
}
