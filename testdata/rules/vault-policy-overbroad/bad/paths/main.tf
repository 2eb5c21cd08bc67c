resource "vault_policy" "all" {
  name   = "all"
  policy = <<-EOT
    path "secret/data/app/*" {
      capabilities = ["read"]
    }
    path "*" { # expect: KW214
      capabilities = ["read", "list"]
    }
  EOT
}

resource "vault_approle_auth_backend_role" "all" {
  role_name      = "all"
  token_policies = [vault_policy.all.name]
}

data "vault_policy_document" "secrets" {
  rule {
    path         = "secret/*" # expect: KW214
    capabilities = ["create", "update", "delete"]
  }
  rule {
    path         = "sys/leases/lookup/app"
    capabilities = ["update", "sudo"]
  }
}

resource "vault_policy" "secrets" {
  name   = "secrets"
  policy = data.vault_policy_document.secrets.hcl
}

resource "vault_kubernetes_auth_backend_role" "secrets" {
  role_name                        = "secrets"
  bound_service_account_names      = ["app"]
  bound_service_account_namespaces = ["app"]
  token_policies                   = ["secrets"]
}

# Nothing carries it here.
resource "vault_policy" "auth" {
  name   = "auth"
  policy = <<-EOT
    path "sys/auth/*" { # expect: KW214
      capabilities = ["create", "update", "sudo"]
    }
  EOT
}

data "vault_policy_document" "lone" {
  rule {
    path         = "identity/*" # expect: KW214
    capabilities = ["create", "update"]
  }
}

# For strict readers.
resource "vault_policy" "reader" {
  name   = "reader"
  policy = <<-EOT
    path "secret/*" { # expect: KW214
      capabilities = ["read"]
    }
  EOT
}
