resource "google_cloud_run_service" "site" {
  name     = "site"
  location = "europe-west1"
  template {
    spec {
      service_account_name = "site@p.iam.gserviceaccount.com"
    }
  }
}

resource "google_cloud_run_service_iam_binding" "site" {
  service = google_cloud_run_service.site.name
  role    = "roles/run.invoker"
  members = ["user:a@example.com", "allUsers"] # expect: KW424
}

resource "google_cloudfunctions_function" "hook" {
  name         = "hook"
  runtime      = "python312"
  trigger_http = true
}

resource "google_cloudfunctions_function_iam_member" "hook" {
  cloud_function = google_cloudfunctions_function.hook.name
  role           = "roles/cloudfunctions.invoker"
  member         = "allUsers" # expect: KW424
}

resource "azurerm_logic_app_workflow" "order" {
  name                = "order"
  location            = "westeurope"
  resource_group_name = "order"
  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_logic_app_trigger_http_request" "order" { # expect: KW424
  name         = "order"
  logic_app_id = azurerm_logic_app_workflow.order.id
  schema       = "{}"
}
