variable "token" {
  type      = string
  sensitive = true
}

variable "empty" {
  type    = string
  default = ""
}

provider "github" {
  token = var.token
}

provider "gitlab" {
  token = var.empty
}

data "aws_eks_cluster_auth" "this" {
  name = "main"
}

provider "kubernetes" {
  host  = "https://10.0.0.1"
  token = data.aws_eks_cluster_auth.this.token
}

ephemeral "aws_secretsmanager_secret_version" "dd" {
  secret_id = "datadog/api-key"
}

provider "datadog" {
  api_key = ephemeral.aws_secretsmanager_secret_version.dd.secret_string
}

provider "snowflake" {
  account_name  = "acme"
  authenticator = "SNOWFLAKE_JWT"
  user          = "TERRAFORM"
}
