resource "vault_token" "ci" {
  policies = ["root"] # expect: KW201
  ttl      = "1h"
}

resource "vault_approle_auth_backend_role" "deploy" {
  role_name      = "deploy"
  token_policies = ["default", "root"] # expect: KW201
}

resource "vault_token" "reader" {
  policies = ["reader"]
  ttl      = "1h"
}
