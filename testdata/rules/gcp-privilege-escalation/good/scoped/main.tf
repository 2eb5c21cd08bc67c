resource "google_service_account" "reports" {
  account_id = "reports"
  project    = "acme"
}

resource "google_project_iam_member" "reports" {
  project = "acme"
  role    = "roles/storage.objectViewer"
  member  = google_service_account.reports.member
}

# Acting as an account without anything that deploys.
resource "google_project_iam_member" "user" {
  project = "acme"
  role    = "roles/iam.serviceAccountUser"
  member  = "serviceAccount:a@acme.iam.gserviceaccount.com"
}

# Deploying without acting as anybody.
resource "google_project_iam_member" "run" {
  project = "acme"
  role    = "roles/run.developer"
  member  = "serviceAccount:b@acme.iam.gserviceaccount.com"
}

# In different projects.
resource "google_project_iam_member" "apart_user" {
  project = "acme"
  role    = "roles/iam.serviceAccountUser"
  member  = "serviceAccount:c@acme.iam.gserviceaccount.com"
}

resource "google_project_iam_member" "apart_run" {
  project = "acme-other"
  role    = "roles/run.developer"
  member  = "serviceAccount:c@acme.iam.gserviceaccount.com"
}

# People and administrators.
resource "google_project_iam_member" "people" {
  project = "acme"
  role    = "roles/iam.serviceAccountTokenCreator"
  member  = "group:platform@example.com"
}

resource "google_project_iam_member" "owner" {
  for_each = toset(["roles/owner", "roles/iam.serviceAccountTokenCreator"])
  project  = "acme"
  role     = each.value
  member   = "serviceAccount:owner@acme.iam.gserviceaccount.com"
}
