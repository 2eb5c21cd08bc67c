# Ways that lead to less than any account, or only where something is there.
resource "google_project_iam_member" "federation" {
  project = "acme"
  role    = "roles/iam.workloadIdentityPoolAdmin" # expect: KW413
  member  = "serviceAccount:a@acme.iam.gserviceaccount.com"
}

resource "google_project_iam_member" "storage" {
  project = "acme"
  role    = "roles/storage.hmacKeyAdmin" # expect: KW413
  member  = "serviceAccount:b@acme.iam.gserviceaccount.com"
}

resource "google_project_iam_member" "roles" {
  project = "acme"
  role    = "roles/iam.roleAdmin" # expect: KW413
  member  = "serviceAccount:c@acme.iam.gserviceaccount.com"
}

resource "google_project_iam_member" "clusters" {
  project = "acme"
  role    = "roles/container.developer" # expect: KW413
  member  = "serviceAccount:d@acme.iam.gserviceaccount.com"
}

resource "google_project_iam_member" "keys" {
  project = "acme"
  role    = "roles/serviceusage.apiKeysAdmin" # expect: KW413
  member  = "serviceAccount:e@acme.iam.gserviceaccount.com"
}

# A machine that runs as an editor.
resource "google_service_account" "machine" {
  account_id = "machine"
  project    = "acme-vm"
}

resource "google_project_iam_member" "machine" {
  project = "acme-vm"
  role    = "roles/editor"
  member  = google_service_account.machine.member
}

resource "google_compute_instance" "machine" {
  project      = "acme-vm"
  name         = "machine"
  machine_type = "e2-small"
  service_account {
    email  = google_service_account.machine.email
    scopes = ["cloud-platform"]
  }
}

resource "google_project_iam_member" "login" {
  project = "acme-vm"
  role    = "roles/compute.osAdminLogin" # expect: KW413
  member  = "serviceAccount:f@acme.iam.gserviceaccount.com"
}
