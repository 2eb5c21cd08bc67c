variable "datadog_key" {
  type    = string
  default = "3f8a1c97e2b46d05a7c91e3f5b8d2064" # expect: KW102
}

variable "cloud_token" {
  type = string
}

locals {
  vault_token = "b7Xk92mQp4Zt8Lw3vR6d" # expect: KW102
}

provider "datadog" {
  api_key = var.datadog_key
}

provider "cloudflare" {
  api_token = var.cloud_token
}

provider "vault" {
  alias   = "ops"
  address = "https://vault.internal.acme.io"
  token   = local.vault_token
}
