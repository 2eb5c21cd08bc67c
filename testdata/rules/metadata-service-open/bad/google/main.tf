resource "google_container_node_pool" "main" {
  cluster = "main"
  node_config {
    service_account = "nodes@p.iam.gserviceaccount.com"
    workload_metadata_config {
      mode = "GCE_METADATA" # expect: KW423
    }
  }
}
