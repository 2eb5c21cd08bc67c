resource "google_service_account" "web" {
  account_id = "web"
}

resource "google_compute_instance" "web" {
  name         = "web"
  machine_type = "e2-small"
  zone         = "europe-west1-b"
  service_account {
    email  = google_service_account.web.email
    scopes = ["cloud-platform"]
  }
}

# Without the block there is no identity at all.
resource "google_compute_instance" "nobody" {
  name         = "nobody"
  machine_type = "e2-small"
  zone         = "europe-west1-b"
}

resource "google_container_cluster" "main" {
  name                     = "main"
  remove_default_node_pool = true
  initial_node_count       = 1
}

resource "google_container_node_pool" "main" {
  cluster = google_container_cluster.main.id
  node_config {
    service_account = google_service_account.web.email
  }
}

resource "google_cloud_run_v2_service" "site" {
  name     = "site"
  location = "europe-west1"
  template {
    service_account = google_service_account.web.email
  }
}

resource "google_cloudfunctions2_function" "hook" {
  name     = "hook"
  location = "europe-west1"
  service_config {
    service_account_email = google_service_account.web.email
  }
}

resource "kubernetes_deployment_v1" "web" {
  metadata {
    name = "web"
  }
  spec {
    template {
      spec {
        service_account_name = "web"
      }
    }
  }
}

resource "kubernetes_deployment_v1" "tokenless" {
  metadata {
    name = "tokenless"
  }
  spec {
    template {
      spec {
        automount_service_account_token = false
      }
    }
  }
}
