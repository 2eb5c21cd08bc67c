resource "google_service_account" "sync" { # expect: KW001
  account_id   = "sync"
  display_name = "Sync"
  description  = "Copies invoices to the warehouse."
}

resource "google_service_account_key" "sync" {
  service_account_id = google_service_account.sync.name
}

resource "google_service_account" "load" { # expect: KW001
  account_id = "load"
}

resource "google_service_account_key" "load" {
  service_account_id = google_service_account.load.name
}
