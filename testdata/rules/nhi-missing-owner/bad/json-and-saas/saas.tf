resource "cloudflare_api_token" "dns" { # expect: KW001
  name     = "dns"
  policies = []
}

resource "snowflake_service_user" "loader" { # expect: KW001
  name           = "LOADER"
  comment        = "Nightly load"
  rsa_public_key = "MIIB"
}

resource "gitlab_project_access_token" "release" { # expect: KW001
  project      = "acme/app"
  name         = "release"
  access_level = "developer"
  scopes       = ["read_api"]
}

resource "mongodbatlas_database_user" "app" { # expect: KW001
  username = "app"
  password = var.password
}

variable "password" {
  type      = string
  sensitive = true
}
