resource "google_service_account" "app" {
  account_id = "app"
}

variable "member" {
  type = string
}

resource "google_project_iam_member" "people" {
  for_each = toset(["user:someone@example.com", "group:admins@example.com"])
  project  = "acme"
  role     = "roles/owner"
  member   = each.value
}

resource "google_project_iam_member" "unknown" {
  project = "acme"
  role    = "roles/owner"
  member  = var.member
}

resource "google_cloud_identity_group" "admins" {
  parent = "customers/C0123"
  group_key {
    id = "admins@example.com"
  }
  labels = {}
}

resource "google_folder_iam_member" "group" {
  folder = "folders/1"
  role   = "roles/editor"
  member = "group:${google_cloud_identity_group.admins.group_key[0].id}"
}

# Owner of a dataset is not owner of the project.
resource "google_storage_bucket_iam_member" "app" {
  bucket = "jobs"
  role   = "roles/storage.admin"
  member = google_service_account.app.member
}

resource "google_project_iam_member" "app" {
  for_each = toset(["roles/logging.logWriter", "roles/monitoring.metricWriter", "roles/viewer"])
  project  = "acme"
  role     = each.value
  member   = google_service_account.app.member
}

# Hands out one role only.
resource "google_project_iam_member" "delegated" {
  project = "acme"
  role    = "roles/resourcemanager.projectIamAdmin"
  member  = google_service_account.app.member
  condition {
    title      = "viewers only"
    expression = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/viewer'])"
  }
}
