resource "google_service_account" "builder" {
  account_id = "builder"
}

resource "google_project_iam_member" "editor" {
  project = "acme"
  role    = "roles/editor" # expect: KW206
  member  = google_service_account.builder.member
}

resource "google_folder_iam_binding" "viewer" {
  folder  = "folders/123"
  role    = "roles/viewer" # expect: KW206
  members = ["serviceAccount:reader@acme.iam.gserviceaccount.com", "user:ann@acme.example"]
}

data "google_iam_policy" "all" {
  binding {
    role    = "roles/owner" # expect: KW206
    members = ["principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/*"]
  }
}

resource "google_project_iam_policy" "all" {
  project     = "acme"
  policy_data = data.google_iam_policy.all.policy_data
}

resource "google_project_iam_member" "some" {
  project = "acme"
  role    = "roles/editor" # expect: KW206
  member  = "serviceAccount:some@acme.iam.gserviceaccount.com"
  condition {
    title      = "buckets"
    expression = "resource.type == \"storage.googleapis.com/Bucket\""
  }
}
