resource "vault_jwt_auth_backend" "gitlab" {
  path         = "gitlab"
  bound_issuer = "https://gitlab.com"
}

resource "vault_jwt_auth_backend_role" "every_project" { # expect: KW303
  backend         = vault_jwt_auth_backend.gitlab.path
  role_name       = "every-project"
  role_type       = "jwt"
  user_claim      = "user_email"
  bound_audiences = ["https://vault.acme.example"]
  token_policies  = ["deploy"]
}

resource "vault_jwt_auth_backend_role" "wildcard" {
  backend           = "github"
  role_name         = "wildcard"
  role_type         = "jwt"
  user_claim        = "sub"
  bound_claims_type = "glob"
  bound_claims      = { sub = "repo:*" } # expect: KW303
}

resource "vault_kubernetes_auth_backend_role" "everybody" {
  role_name                        = "everybody"
  bound_service_account_names      = ["*"]
  bound_service_account_namespaces = ["*"] # expect: KW303
}

resource "vault_kubernetes_auth_backend_role" "any_namespace" {
  role_name                        = "any-namespace"
  bound_service_account_names      = ["vault"]
  bound_service_account_namespaces = ["*"] # expect: KW303
}
