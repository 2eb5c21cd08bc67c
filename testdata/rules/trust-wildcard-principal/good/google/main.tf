resource "google_service_account_iam_member" "ci" {
  service_account_id = "projects/p/serviceAccounts/deploy@p.iam.gserviceaccount.com"
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = "serviceAccount:ci@p.iam.gserviceaccount.com"
}

# Who may call a service is a matter of exposure.
resource "google_cloud_run_v2_service_iam_member" "public" {
  name   = "site"
  role   = "roles/run.invoker"
  member = "allUsers"
}
