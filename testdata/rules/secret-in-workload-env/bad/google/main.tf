resource "google_service_account_key" "k" {
  service_account_id = "sa"
}

data "google_secret_manager_secret_version" "db" {
  secret = "db"
}

resource "google_cloudfunctions2_function" "f" {
  name = "f"
  service_config {
    environment_variables = { SA_KEY = base64decode(google_service_account_key.k.private_key) } # expect: KW103
  }
}

resource "google_cloud_run_v2_service" "s" {
  name = "s"
  template {
    containers {
      env {
        name  = "DB"
        value = data.google_secret_manager_secret_version.db.secret_data # expect: KW103
      }
    }
  }
}
