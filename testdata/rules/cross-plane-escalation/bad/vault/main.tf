# A pod that logs in to Vault as its administrator.
resource "vault_policy" "admin" {
  name   = "admin"
  policy = <<-EOT
    path "*" {
      capabilities = ["create", "read", "update", "delete", "list", "sudo"]
    }
  EOT
}

resource "vault_kubernetes_auth_backend_role" "api" { # expect: KW416
  role_name                        = "api"
  bound_service_account_names      = ["api"]
  bound_service_account_namespaces = ["web"]
  token_policies                   = [vault_policy.admin.name]
}
