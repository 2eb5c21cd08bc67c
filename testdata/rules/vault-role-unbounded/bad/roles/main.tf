resource "vault_approle_auth_backend_role" "worker" { # expect: KW112
  role_name = "worker"
}

resource "vault_approle_auth_backend_role" "zero" {
  role_name          = "zero"
  secret_id_ttl      = 0 # expect: KW112
  secret_id_num_uses = 0
  token_max_ttl      = 3600
}

resource "vault_approle_auth_backend_role" "inside" { # expect: KW112
  role_name             = "inside"
  secret_id_bound_cidrs = ["10.0.0.0/8"]
}

resource "vault_token" "periodic" {
  policies = ["metrics"]
  period   = "24h" # expect: KW112
}

resource "vault_token" "orphan" {
  policies  = ["metrics"]
  no_parent = true # expect: KW112
}

resource "vault_token_auth_backend_role" "agents" {
  role_name        = "agents"
  allowed_policies = ["metrics"]
  orphan           = true
  token_period     = "86400" # expect: KW112
}
