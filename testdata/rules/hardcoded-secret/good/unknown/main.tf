variable "password" {
  type      = string
  sensitive = true
}

variable "use_other" {
  type = bool
}

resource "aws_db_instance" "main" {
  identifier = "main"
  password   = var.password
}

resource "aws_rds_cluster" "c" {
  cluster_identifier = "c"
  master_password    = "${var.password}-suffix-1"
}

# The business of provider-static-credentials.
provider "github" {
  token = "b7Xk92mQp4Zt8Lw3vR6d"
}

locals {
  cloudflare = "b7Xk92mQp4Zt8Lw3vR6dQm7Zr2Tv9Xc4Lk8Np3Wd"
}

provider "cloudflare" {
  api_token = local.cloudflare
}
