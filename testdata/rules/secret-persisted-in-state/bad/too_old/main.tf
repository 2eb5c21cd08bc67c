terraform {
  required_version = "~> 1.5.0"
  required_providers {
    vault = {
      source  = "hashicorp/vault"
      version = "~> 4.2"
    }
  }
}

resource "random_password" "db" {
  length = 24
}

resource "vault_kv_secret_v2" "db" {
  mount     = "kv"
  name      = "db"
  data_json = jsonencode({ password = random_password.db.result }) # expect: KW104
}
