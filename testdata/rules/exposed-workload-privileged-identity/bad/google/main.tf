resource "google_service_account" "web" {
  account_id = "web"
}

resource "google_project_iam_member" "web" {
  project = "p"
  role    = "roles/editor"
  member  = "serviceAccount:${google_service_account.web.email}"
}

resource "google_compute_instance" "web" {
  name         = "web"
  machine_type = "e2-small"
  zone         = "europe-west1-b"
  tags         = ["web"]
  network_interface {
    network = "main"
    access_config {}
  }
  service_account {
    email  = google_service_account.web.email # expect: KW421
    scopes = ["cloud-platform"]
  }
}

resource "google_compute_firewall" "web" {
  name          = "web"
  network       = "main"
  source_ranges = ["0.0.0.0/0"]
  target_tags   = ["web"]
  allow {
    protocol = "tcp"
    ports    = ["443"]
  }
}

resource "google_service_account" "site" {
  account_id = "site"
}

resource "google_project_iam_member" "site" {
  project = "p"
  role    = "roles/secretmanager.secretAccessor"
  member  = google_service_account.site.member
}

resource "google_cloud_run_v2_service" "site" {
  name     = "site"
  location = "europe-west1"
  template {
    service_account = google_service_account.site.email # expect: KW421
  }
}

resource "google_cloud_run_v2_service_iam_member" "site" {
  name   = google_cloud_run_v2_service.site.name
  role   = "roles/run.invoker"
  member = "allUsers"
}
