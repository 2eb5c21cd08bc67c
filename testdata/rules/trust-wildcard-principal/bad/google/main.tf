resource "google_service_account" "deploy" {
  account_id = "deploy"
}

resource "google_service_account_iam_member" "anyone" {
  service_account_id = google_service_account.deploy.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = "allAuthenticatedUsers" # expect: KW301
}

resource "google_kms_crypto_key_iam_binding" "key" {
  crypto_key_id = "projects/p/locations/l/keyRings/r/cryptoKeys/k"
  role          = "roles/cloudkms.cryptoKeyDecrypter"
  members       = ["serviceAccount:a@p.iam.gserviceaccount.com", "allUsers"] # expect: KW301
}

data "google_iam_policy" "secret" {
  binding {
    role    = "roles/secretmanager.secretAccessor"
    members = ["allAuthenticatedUsers"] # expect: KW301
  }
}

resource "google_secret_manager_secret_iam_policy" "secret" {
  secret_id   = "db"
  policy_data = data.google_iam_policy.secret.policy_data
}

resource "google_storage_bucket_iam_member" "site" {
  bucket = "site"
  role   = "roles/storage.objectViewer"
  member = "allUsers" # expect: KW301
}
