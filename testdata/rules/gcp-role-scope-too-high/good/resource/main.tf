resource "google_secret_manager_secret" "database" {
  secret_id = "database"
  replication {
    auto {}
  }
}

resource "google_secret_manager_secret_iam_member" "api" {
  secret_id = google_secret_manager_secret.database.id
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:api@acme.iam.gserviceaccount.com"
}

resource "google_project_iam_member" "limited" {
  project = "acme"
  role    = "roles/secretmanager.secretAccessor"
  member  = "serviceAccount:api@acme.iam.gserviceaccount.com"
  condition {
    title      = "own"
    expression = "resource.name.endsWith(\"database\")"
  }
}

resource "google_project_iam_member" "people" {
  project = "acme"
  role    = "roles/iam.serviceAccountUser"
  member  = "group:platform@acme.example"
}
