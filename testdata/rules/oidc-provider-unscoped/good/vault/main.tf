resource "vault_jwt_auth_backend_role" "project" {
  backend         = "gitlab"
  role_name       = "project"
  role_type       = "jwt"
  user_claim      = "user_email"
  bound_audiences = ["https://vault.acme.example"]
  bound_claims    = { project_id = "42", ref = "main" }
}

resource "vault_jwt_auth_backend_role" "repository" {
  backend           = "github"
  role_name         = "repository"
  role_type         = "jwt"
  user_claim        = "sub"
  bound_claims_type = "glob"
  bound_claims      = { sub = "repo:acme/app:*" }
}

# People sign in through a browser.
resource "vault_jwt_auth_backend_role" "people" {
  backend               = "okta"
  role_name             = "people"
  user_claim            = "email"
  allowed_redirect_uris = ["https://vault.acme.example/ui/vault/auth/okta/oidc/callback"]
}

resource "vault_kubernetes_auth_backend_role" "app" {
  role_name                        = "app"
  bound_service_account_names      = ["app"]
  bound_service_account_namespaces = ["web"]
}
