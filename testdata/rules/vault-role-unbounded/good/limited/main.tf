resource "vault_approle_auth_backend_role" "ends" {
  role_name     = "ends"
  secret_id_ttl = 86400
}

resource "vault_approle_auth_backend_role" "counted" {
  role_name          = "counted"
  secret_id_num_uses = 1
}

variable "ttl" {}

resource "vault_approle_auth_backend_role" "unknown" {
  role_name     = "unknown"
  secret_id_ttl = var.ttl
}

resource "vault_approle_auth_backend_role" "no_secret_id" {
  role_name         = "no-secret-id"
  bind_secret_id    = false
  token_bound_cidrs = ["10.0.0.0/8"]
}

resource "vault_token" "short" {
  policies         = ["metrics"]
  period           = "24h"
  explicit_max_ttl = "720h"
}

resource "vault_token_auth_backend_role" "short" {
  role_name              = "short"
  orphan                 = true
  token_explicit_max_ttl = "86400"
}
