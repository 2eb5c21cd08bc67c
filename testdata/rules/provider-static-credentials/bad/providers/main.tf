provider "aws" {
  region     = "eu-west-1"
  secret_key = "kestrel-Harbour-71-meadow" # expect: KW102
}

provider "azurerm" {
  client_id     = "11111111-2222-3333-4444-555555555555"
  client_secret = "kestrel.Harbour-71~mZ9pLw" # expect: KW102
  features {}
}

provider "google" {
  project     = "p"
  credentials = <<-EOT
    {"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\nq3Jm8Zt2Kp5Xv9Ld4Rw7Hy1Nf6Gb0Tc3Se8Ua5Oi2Qx7Wz4Vm9B\n-----END PRIVATE KEY-----\n", "client_email": "ci@p.iam.gserviceaccount.com"} # expect: KW102
  EOT
}

provider "github" {
  owner = "acme"
  token = "b7Xk92mQp4Zt8Lw3vR6d" # expect: KW102
}

provider "vault" {
  address = "https://vault.internal.acme.io"
  auth_login {
    path = "auth/userpass/login/terraform"
    parameters = {
      password = "Mossy-Lantern-48" # expect: KW102
    }
  }
}

provider "helm" {
  kubernetes {
    host  = "https://10.0.0.1"
    token = "b7Xk92mQp4Zt8Lw3vR6dQm7Zr2" # expect: KW102
  }
}

# A provider that no table knows, by the name of its argument.
provider "acme" {
  endpoint  = "https://api.internal.acme.io"
  api_token = "Jb7Xk92mQp4Zt8Lw3vR6" # expect: KW102
}
