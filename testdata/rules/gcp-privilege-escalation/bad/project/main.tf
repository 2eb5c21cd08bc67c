# Every service account of the project.
resource "google_project_iam_member" "mint" {
  project = "acme"
  role    = "roles/iam.serviceAccountTokenCreator" # expect: KW413
  member  = "serviceAccount:mint@acme.iam.gserviceaccount.com"
}

resource "google_project_iam_binding" "keys" {
  project = "acme"
  role    = "roles/iam.serviceAccountKeyAdmin" # expect: KW413
  members = [
    "serviceAccount:a@acme.iam.gserviceaccount.com",
    "serviceAccount:b@acme.iam.gserviceaccount.com",
    "user:someone@example.com",
  ]
}

resource "google_folder_iam_member" "admin" {
  folder = "folders/1234"
  role   = "roles/iam.serviceAccountAdmin" # expect: KW413
  member = "serviceAccount:c@acme.iam.gserviceaccount.com"
}

# Accounts that no code declares.
resource "google_project_iam_member" "builds" {
  project = "acme"
  role    = "roles/cloudbuild.builds.editor" # expect: KW413
  member  = "serviceAccount:x@acme.iam.gserviceaccount.com"
}

resource "google_project_iam_member" "deployments" {
  project = "acme"
  role    = "roles/deploymentmanager.editor" # expect: KW413
  member  = "serviceAccount:y@acme.iam.gserviceaccount.com"
}

# The role that build accounts are given, and a condition that only ends it.
resource "google_project_iam_member" "builder" {
  project = "acme"
  role    = "roles/cloudbuild.builds.builder" # expect: KW413
  member  = "serviceAccount:builder@acme.iam.gserviceaccount.com"
}

resource "google_project_iam_member" "until" {
  project = "acme"
  role    = "roles/iam.workloadIdentityUser" # expect: KW413
  member  = "serviceAccount:until@acme.iam.gserviceaccount.com"
  condition {
    title      = "until"
    expression = "request.time < timestamp(\"2027-01-01T00:00:00Z\")"
  }
}

# A policy as data.
data "google_iam_policy" "all" {
  binding {
    role    = "roles/iam.serviceAccountTokenCreator" # expect: KW413
    members = ["serviceAccount:z@acme.iam.gserviceaccount.com"]
  }
}

resource "google_project_iam_policy" "all" {
  project     = "acme-data"
  policy_data = data.google_iam_policy.all.policy_data
}
