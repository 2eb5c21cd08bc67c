resource "vault_policy" "root" {
  name   = "ops"
  policy = <<-EOT
    path "secret/*" {
      capabilities = ["read"]
    }
    path "*" { # expect: KW201
      capabilities = ["create", "read", "update", "delete", "list", "sudo"]
    }
  EOT
}

resource "vault_approle_auth_backend_role" "ops" {
  role_name      = "ops"
  token_policies = [vault_policy.root.name]
}

data "vault_policy_document" "writer" {
  rule {
    path         = "sys/policies/acl/*" # expect: KW201
    capabilities = ["create", "update"]
  }
}

resource "vault_policy" "writer" {
  name   = "policy-writer"
  policy = data.vault_policy_document.writer.hcl
}

resource "vault_kubernetes_auth_backend_role" "writer" {
  role_name                        = "writer"
  bound_service_account_names      = ["writer"]
  bound_service_account_namespaces = ["vault"]
  token_policies                   = ["policy-writer"]
}
