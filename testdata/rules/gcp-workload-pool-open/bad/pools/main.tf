# Whose pool it is, this code does not say.
resource "google_service_account_iam_member" "elsewhere" {
  service_account_id = "projects/acme/serviceAccounts/deploy@acme.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/*" # expect: KW307
}

resource "google_iam_workload_identity_pool" "gitlab" {
  workload_identity_pool_id = "gitlab"
}

resource "google_iam_workload_identity_pool_provider" "gitlab" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.gitlab.workload_identity_pool_id
  workload_identity_pool_provider_id = "gitlab"
  attribute_mapping = {
    "google.subject" = "assertion.sub"
    "attribute.ref"  = "assertion.ref"
  }
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

# No service account in between.
resource "google_storage_bucket_iam_member" "artifacts" {
  bucket = "artifacts"
  role   = "roles/storage.objectAdmin"
  member = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.gitlab.name}/*" # expect: KW307
}

resource "google_service_account" "deploy" {
  account_id = "deploy"
}

resource "google_service_account_iam_binding" "any_main" {
  service_account_id = google_service_account.deploy.name
  role               = "roles/iam.workloadIdentityUser"
  members            = ["principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.gitlab.name}/attribute.ref/main"] # expect: KW307
}

# Nothing is bound yet.
resource "google_iam_workload_identity_pool_provider" "terraform" { # expect: KW307
  workload_identity_pool_id          = "terraform"
  workload_identity_pool_provider_id = "terraform"
  attribute_mapping                  = { "google.subject" = "assertion.sub" }
  oidc {
    issuer_uri = "https://app.terraform.io"
  }
}

# Every role of the account: for strict readers.
resource "google_iam_workload_identity_pool_provider" "aws" { # expect: KW307
  workload_identity_pool_id          = "aws"
  workload_identity_pool_provider_id = "aws"
  aws {
    account_id = "123456789012"
  }
}
