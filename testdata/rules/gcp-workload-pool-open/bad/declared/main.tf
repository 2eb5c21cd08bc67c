resource "gitlab_project" "app" {
  name = "app"
}

resource "google_iam_workload_identity_pool" "gitlab" {
  workload_identity_pool_id = "gitlab"
}

resource "google_iam_workload_identity_pool_provider" "gitlab" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.gitlab.workload_identity_pool_id
  workload_identity_pool_provider_id = "gitlab"
  attribute_mapping = {
    "google.subject"    = "assertion.sub"
    "attribute.project" = "assertion.project_path"
  }
  oidc {
    issuer_uri = "https://gitlab.com"
  }
}

resource "google_storage_bucket_iam_member" "artifacts" {
  bucket = "artifacts"
  role   = "roles/storage.objectAdmin"
  member = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.gitlab.name}/*" # expect: KW307
}

# Whoever is a member tells whom to let in.
resource "google_iam_workload_identity_pool" "terraform" {
  workload_identity_pool_id = "terraform"
}

resource "google_iam_workload_identity_pool_provider" "terraform" { # expect: KW307
  workload_identity_pool_id          = google_iam_workload_identity_pool.terraform.workload_identity_pool_id
  workload_identity_pool_provider_id = "terraform"
  attribute_mapping = {
    "google.subject"      = "assertion.sub"
    "attribute.workspace" = "assertion.terraform_workspace_id"
  }
  oidc {
    issuer_uri = "https://app.terraform.io"
  }
}

resource "google_storage_bucket_iam_member" "state" {
  bucket = "state"
  role   = "roles/storage.objectViewer"
  member = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.terraform.name}/attribute.workspace/ws-8fT3kQ"
}
