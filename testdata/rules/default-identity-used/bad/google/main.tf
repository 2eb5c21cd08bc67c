resource "google_compute_instance" "web" {
  name         = "web"
  machine_type = "e2-small"
  zone         = "europe-west1-b"
  service_account { # expect: KW425
    scopes = ["cloud-platform"]
  }
}

data "google_compute_default_service_account" "this" {
}

resource "google_compute_instance_template" "web" {
  machine_type = "e2-small"
  service_account {
    email  = data.google_compute_default_service_account.this.email # expect: KW425
    scopes = ["https://www.googleapis.com/auth/cloud-platform"]
  }
}

resource "google_compute_instance" "narrow" {
  name         = "narrow"
  machine_type = "e2-small"
  zone         = "europe-west1-b"
  service_account {
    email  = "123456789012-compute@developer.gserviceaccount.com" # expect: KW425
    scopes = ["logging-write"]
  }
}

resource "google_container_cluster" "main" { # expect: KW425
  name               = "main"
  initial_node_count = 1
}

resource "google_container_node_pool" "main" {
  cluster = "main"
  node_config { # expect: KW425
    machine_type = "e2-small"
  }
}

resource "google_cloudfunctions_function" "hook" { # expect: KW425
  name    = "hook"
  runtime = "python312"
}

resource "google_cloudfunctions2_function" "hook" {
  name     = "hook"
  location = "europe-west1"
  service_config { # expect: KW425
    max_instance_count = 1
  }
}

resource "google_cloud_run_service" "site" {
  name     = "site"
  location = "europe-west1"
  template {
    spec { # expect: KW425
      containers {
        image = "site"
      }
    }
  }
}

resource "google_cloud_run_v2_job" "nightly" {
  name     = "nightly"
  location = "europe-west1"
  template {
    template { # expect: KW425
      containers {
        image = "nightly"
      }
    }
  }
}
