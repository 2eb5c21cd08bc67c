resource "google_secret_manager_secret" "database" {
  secret_id = "database"
  replication {
    auto {}
  }
}

resource "google_service_account" "api" {
  account_id = "api"
}

# The fix names the secret.
resource "google_project_iam_member" "secrets" {
  project = "acme"
  role    = "roles/secretmanager.secretAccessor" # expect: KW207
  member  = "serviceAccount:${google_service_account.api.email}"
}

resource "google_project_iam_member" "act" {
  project = "acme"
  role    = "roles/iam.serviceAccountUser" # expect: KW207
  member  = "serviceAccount:deploy@acme.iam.gserviceaccount.com"
}

resource "google_storage_bucket" "uploads" {
  name     = "uploads"
  location = "EU"
}

resource "google_project_iam_binding" "objects" {
  project = "acme"
  role    = "roles/storage.objectAdmin" # expect: KW207
  members = [google_service_account.api.member]
}

# For strict readers: nothing here can be meant.
resource "google_folder_iam_member" "topics" {
  folder = "folders/123"
  role   = "roles/pubsub.publisher" # expect: KW207
  member = google_service_account.api.member
}
