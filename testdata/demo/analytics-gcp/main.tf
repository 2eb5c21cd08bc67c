# Google service accounts have no labels: the owner stands in the description.
resource "google_service_account" "reports" {
  account_id   = "reports"
  display_name = "Reports"
  description  = "Builds the weekly reports. Owner: growth"
}

resource "google_project_iam_member" "reports" {
  project = "larkspur-analytics"
  role    = "roles/bigquery.dataViewer"
  member  = google_service_account.reports.member
}

# The same account serves the test and the live project.
resource "google_cloud_run_v2_service" "reports_dev" {
  name     = "reports-dev"
  location = "europe-west1"

  template {
    service_account = google_service_account.reports.email
    containers {
      image = "europe-docker.pkg.dev/larkspur/reports:latest"
    }
  }
}

resource "google_cloud_run_v2_service" "reports_prod" {
  name     = "reports-prod"
  location = "europe-west1"

  template {
    service_account = google_service_account.reports.email
    containers {
      image = "europe-docker.pkg.dev/larkspur/reports:stable"
    }
  }
}

# A pod's token that nobody ever renews.
resource "kubernetes_secret_v1" "scraper" {
  metadata {
    name        = "scraper-token"
    namespace   = "monitoring"
    annotations = { "kubernetes.io/service-account.name" = "scraper" }
  }
  type = "kubernetes.io/service-account-token"
}

resource "google_kms_crypto_key" "exports" {
  name     = "exports"
  key_ring = "projects/larkspur-analytics/locations/europe-west1/keyRings/exports"
}
