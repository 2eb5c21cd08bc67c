resource "google_project_iam_member" "person" {
  project = "acme"
  role    = "roles/editor"
  member  = "user:ann@acme.example"
}

resource "google_project_iam_member" "logs" {
  project = "acme"
  role    = "roles/logging.logWriter"
  member  = "serviceAccount:app@acme.iam.gserviceaccount.com"
}
