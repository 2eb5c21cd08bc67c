resource "google_service_account" "ci" {
  account_id = "ci"
  project    = "acme-prod"
}

resource "google_project_iam_member" "owner" {
  project = "acme-prod"
  role    = "roles/owner" # expect: KW201
  member  = "serviceAccount:${google_service_account.ci.email}"
}

# Nothing is added by this one: it is shown with the first.
resource "google_project_iam_member" "editor" {
  project = "acme-prod"
  role    = "roles/editor"
  member  = google_service_account.ci.member
}

resource "google_project_iam_binding" "editors" {
  project = "acme-dev"
  role    = "roles/editor" # expect: KW201
  members = [
    "user:someone@example.com",
    "serviceAccount:123456789012-compute@developer.gserviceaccount.com",
  ]
}

resource "google_organization_iam_custom_role" "platform" {
  org_id      = "123456789012"
  role_id     = "platform"
  title       = "Platform"
  permissions = ["resourcemanager.projects.get", "resourcemanager.organizations.setIamPolicy"]
}

resource "google_organization_iam_member" "platform" {
  org_id = "123456789012"
  role   = google_organization_iam_custom_role.platform.id # expect: KW201
  member = "principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ci/attribute.repository/acme/infra"
}

data "google_iam_policy" "folder" {
  binding {
    role    = "roles/resourcemanager.folderAdmin" # expect: KW201
    members = ["serviceAccount:${google_service_account.ci.email}"]
  }
  binding {
    role    = "roles/owner"
    members = ["group:admins@example.com"]
  }
}

resource "google_folder_iam_policy" "folder" {
  folder      = "folders/123456789012"
  policy_data = data.google_iam_policy.folder.policy_data
}

# An end in sight.
resource "google_project_iam_member" "migration" {
  project = "acme-dev"
  role    = "roles/editor" # expect: KW201
  member  = google_service_account.ci.member
  condition {
    title      = "until summer"
    expression = "request.time < timestamp(\"2027-06-01T00:00:00Z\")"
  }
}
