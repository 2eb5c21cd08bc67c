resource "vault_policy" "app" {
  name   = "app"
  policy = <<-EOT
    path "secret/data/app/*" {
      capabilities = ["create", "read", "update", "delete", "list"]
    }
    path "app-kv/*" {
      capabilities = ["read", "update"]
    }
    path "auth/token/renew-self" {
      capabilities = ["update"]
    }
    path "transit/encrypt/app" {
      capabilities = ["update"]
    }
    path "secret/*" {
      capabilities = ["deny"]
    }
  EOT
}

resource "vault_approle_auth_backend_role" "app" {
  role_name      = "app"
  token_policies = ["app"]
}
