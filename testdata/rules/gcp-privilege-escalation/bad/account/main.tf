resource "google_service_account" "admin" {
  account_id = "admin"
  project    = "acme"
}

resource "google_project_iam_member" "admin" {
  project = "acme"
  role    = "roles/owner"
  member  = google_service_account.admin.member
}

resource "google_service_account" "low" {
  account_id = "low"
  project    = "acme"
}

resource "google_service_account" "middle" {
  account_id = "middle"
  project    = "acme"
}

# Two hops to the owner: the second of them is the mistake, and tells of the first.
resource "google_service_account_iam_member" "low" {
  service_account_id = google_service_account.middle.name
  role               = "roles/iam.serviceAccountKeyAdmin"
  member             = "serviceAccount:${google_service_account.low.email}"
}

resource "google_service_account_iam_member" "middle" {
  service_account_id = google_service_account.admin.name
  role               = "roles/iam.serviceAccountTokenCreator" # expect: KW413
  member             = google_service_account.middle.member
}

# All of the project, the owner among them.
resource "google_project_iam_member" "all" {
  project = "acme"
  role    = "roles/iam.serviceAccountTokenCreator" # expect: KW413
  member  = "serviceAccount:helper@other.iam.gserviceaccount.com"
}

# A condition that names the owner.
resource "google_project_iam_member" "named" {
  project = "acme"
  role    = "roles/iam.serviceAccountTokenCreator" # expect: KW413
  member  = "serviceAccount:named@other.iam.gserviceaccount.com"
  condition {
    title      = "one"
    expression = "resource.name.endsWith(\"/serviceAccounts/admin@acme.iam.gserviceaccount.com\")"
  }
}

# A pipeline that deploys as the owner: for strict readers.
resource "google_service_account_iam_member" "build" {
  service_account_id = google_service_account.admin.name
  role               = "roles/iam.serviceAccountTokenCreator" # expect: KW413
  member             = "serviceAccount:1234567890@cloudbuild.gserviceaccount.com"
}

# One that is no stronger: for auditors.
resource "google_service_account" "plain" {
  account_id = "plain"
  project    = "acme"
}

resource "google_service_account_iam_member" "plain" {
  service_account_id = google_service_account.plain.name
  role               = "roles/iam.serviceAccountTokenCreator" # expect: KW413
  member             = "serviceAccount:caller@other.iam.gserviceaccount.com"
}
