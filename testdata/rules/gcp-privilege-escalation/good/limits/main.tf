resource "google_service_account" "worker" {
  account_id = "worker"
  project    = "acme"
}

resource "google_project_iam_member" "worker" {
  project = "acme"
  role    = "roles/iam.serviceAccountKeyAdmin"
  member  = google_service_account.worker.member
}

# Denied to everyone but one.
resource "google_iam_deny_policy" "keys" {
  parent = urlencode("cloudresourcemanager.googleapis.com/projects/acme")
  name   = "keys"
  rules {
    deny_rule {
      denied_principals    = ["principalSet://goog/public:all"]
      denied_permissions   = ["iam.googleapis.com/serviceAccountKeys.*"]
      exception_principals = ["principal://iam.googleapis.com/projects/-/serviceAccounts/break-glass@acme.iam.gserviceaccount.com"]
    }
  }
}

# Only for machines.
resource "google_project_iam_member" "typed" {
  project = "acme"
  role    = "roles/iam.serviceAccountTokenCreator"
  member  = "serviceAccount:typed@acme.iam.gserviceaccount.com"
  condition {
    title      = "buckets"
    expression = "resource.type == \"storage.googleapis.com/Bucket\""
  }
}

# A tag that the code says nothing of.
resource "google_project_iam_member" "tagged" {
  project = "acme"
  role    = "roles/iam.serviceAccountTokenCreator"
  member  = "serviceAccount:tagged@acme.iam.gserviceaccount.com"
  condition {
    title      = "sandbox"
    expression = "resource.matchTag('1234567890/env', 'sandbox')"
  }
}
