resource "azuread_application_password" "ends" { # expect: KW502
  application_id    = "/applications/11111111-1111-1111-1111-111111111111"
  end_date_relative = "2160h"
}

resource "gitlab_project_access_token" "ends" { # expect: KW502
  project    = "12"
  name       = "ci"
  scopes     = ["api"]
  expires_at = "2027-01-15"
}

# Told elsewhere, here only to strict readers.
resource "azuread_service_principal_password" "standard" { # expect: KW502
  service_principal_id = "/servicePrincipals/11111111-1111-1111-1111-111111111111"
}

resource "vault_database_secret_backend_static_role" "app" { # expect: KW502
  backend  = "database"
  name     = "app"
  username = "app"
  db_name  = "main"
}
