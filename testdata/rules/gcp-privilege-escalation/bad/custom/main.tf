resource "google_project_iam_custom_role" "held" {
  project     = "acme"
  role_id     = "held"
  title       = "Held"
  permissions = ["storage.objects.get", "iam.serviceAccounts.signBlob"] # expect: KW413
}

resource "google_project_iam_member" "held" {
  project = "acme"
  role    = google_project_iam_custom_role.held.id
  member  = "serviceAccount:held@acme.iam.gserviceaccount.com"
}

# By its name, and with what it needs to widen itself.
resource "google_project_iam_custom_role" "own" {
  project = "acme"
  role_id = "own"
  title   = "Own"
  permissions = [
    "iam.roles.get",
    "iam.roles.update", # expect: KW413
  ]
}

resource "google_project_iam_member" "own" {
  project = "acme"
  role    = "projects/acme/roles/own"
  member  = "serviceAccount:own@acme.iam.gserviceaccount.com"
}

# Nobody has it yet.
resource "google_organization_iam_custom_role" "loose" {
  org_id      = "1234567890"
  role_id     = "loose"
  title       = "Loose"
  permissions = ["iam.serviceAccountKeys.create"] # expect: KW413
}
