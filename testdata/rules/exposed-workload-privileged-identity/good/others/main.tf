# Powerful, and not reached.
resource "google_service_account" "web" {
  account_id = "web"
}

resource "google_project_iam_member" "web" {
  project = "p"
  role    = "roles/owner"
  member  = "serviceAccount:${google_service_account.web.email}"
}

resource "google_compute_instance" "inside" {
  name         = "inside"
  machine_type = "e2-small"
  zone         = "europe-west1-b"
  tags         = ["web"]
  network_interface {
    network = "main"
  }
  service_account {
    email  = google_service_account.web.email
    scopes = ["cloud-platform"]
  }
}

resource "google_compute_instance" "office" {
  name         = "office"
  machine_type = "e2-small"
  zone         = "europe-west1-b"
  tags         = ["office"]
  network_interface {
    network = "main"
    access_config {}
  }
  service_account {
    email  = google_service_account.web.email
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
  }
}

resource "google_compute_firewall" "office" {
  name          = "office"
  network       = "main"
  source_ranges = ["203.0.113.0/24"]
  target_tags   = ["office"]
  allow {
    protocol = "tcp"
  }
}

resource "google_cloud_run_v2_service" "site" {
  name     = "site"
  location = "europe-west1"
  ingress  = "INGRESS_TRAFFIC_INTERNAL_ONLY"
  template {
    service_account = google_service_account.web.email
  }
}

resource "google_cloud_run_v2_service_iam_member" "site" {
  name   = google_cloud_run_v2_service.site.name
  role   = "roles/run.invoker"
  member = "allUsers"
}

resource "azurerm_linux_web_app" "shop" {
  name                          = "shop"
  location                      = "westeurope"
  resource_group_name           = "shop"
  service_plan_id               = "plan"
  public_network_access_enabled = false
  site_config {}
  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_role_assignment" "shop" {
  scope                = "/subscriptions/22222222-2222-2222-2222-222222222222"
  role_definition_name = "Contributor"
  principal_id         = azurerm_linux_web_app.shop.identity[0].principal_id
}

# Reached, and may read one vault.
resource "azurerm_container_app" "api" {
  name = "api"
  identity {
    type = "SystemAssigned"
  }
  ingress {
    external_enabled = true
    target_port      = 8080
  }
}

resource "azurerm_role_assignment" "api" {
  scope                = "/subscriptions/2/resourceGroups/api/providers/Microsoft.KeyVault/vaults/api"
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_container_app.api.identity[0].principal_id
}

resource "kubernetes_service_account_v1" "web" {
  metadata {
    name = "web"
  }
}

resource "kubernetes_cluster_role_binding_v1" "web" {
  metadata {
    name = "web"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = "cluster-admin"
  }
  subject {
    kind = "ServiceAccount"
    name = kubernetes_service_account_v1.web.metadata[0].name
  }
}

resource "kubernetes_deployment_v1" "web" {
  metadata {
    name = "web"
  }
  spec {
    template {
      metadata {
        labels = { app = "web" }
      }
      spec {
        service_account_name = kubernetes_service_account_v1.web.metadata[0].name
      }
    }
  }
}

resource "kubernetes_service_v1" "inside" {
  metadata {
    name = "inside"
    annotations = {
      "networking.gke.io/load-balancer-type" = "Internal"
    }
  }
  spec {
    type     = "LoadBalancer"
    selector = { app = "web" }
  }
}

resource "kubernetes_service_v1" "other" {
  metadata {
    name = "other"
  }
  spec {
    type     = "LoadBalancer"
    selector = { app = "other" }
  }
}
