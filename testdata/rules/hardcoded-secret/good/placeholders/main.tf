resource "aws_ssm_parameter" "later" {
  name  = "/app/token"
  type  = "SecureString"
  value = "changeme"
  lifecycle {
    ignore_changes = [value]
  }
}

resource "azurerm_key_vault_secret" "later" {
  name         = "later"
  key_vault_id = "kv"
  value        = "<set by hand>"
}

variable "db_password" {
  type        = string
  default     = ""
  sensitive   = true
  description = "Password such as Kestrel-Harbour-71, given by the pipeline"
}

variable "admin_password" {
  type    = string
  default = null
}

resource "aws_db_instance" "main" {
  identifier = "main"
  password   = var.db_password
}

resource "google_sql_user" "u" {
  name     = "u"
  instance = "i"
  password = var.admin_password
}
