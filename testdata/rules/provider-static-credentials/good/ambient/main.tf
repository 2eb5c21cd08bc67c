terraform {
  backend "s3" {
    bucket       = "state"
    key          = "app"
    region       = "eu-west-1"
    profile      = "state"
    use_lockfile = true
  }
}

provider "aws" {
  region = "eu-west-1"
  assume_role {
    role_arn = "arn:aws:iam::123456789012:role/deploy"
  }
}

# A local emulator takes any key.
provider "aws" {
  alias                       = "local"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
}

provider "azurerm" {
  use_oidc        = true
  subscription_id = "11111111-2222-3333-4444-555555555555"
  features {}
}

provider "google" {
  project     = "p"
  credentials = <<-EOT
    {"type": "external_account", "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/ci"}
  EOT
}
