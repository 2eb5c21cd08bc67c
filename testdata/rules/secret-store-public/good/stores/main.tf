resource "azurerm_key_vault" "denies" {
  name = "denies"
  network_acls {
    default_action = "Deny"
    bypass         = "AzureServices"
  }
}

resource "azurerm_key_vault" "private" {
  name                          = "private"
  public_network_access_enabled = false
}

variable "default_action" {
  type = string
}

resource "azurerm_key_vault" "unknown" {
  name = "unknown"
  network_acls {
    default_action = var.default_action
    bypass         = "AzureServices"
  }
}

resource "azurerm_container_registry" "closed" {
  name = "closed"
}

resource "aws_secretsmanager_secret" "db" {
  name = "db"
  policy = jsonencode({
    Statement = [
      { Effect = "Allow", Principal = "*", Action = "secretsmanager:GetSecretValue", Resource = "*", Condition = { StringEquals = { "aws:PrincipalOrgID" = "o-abc1234567" } } },
      { Effect = "Allow", Principal = { AWS = "arn:aws:iam::123456789012:role/app" }, Action = "secretsmanager:GetSecretValue", Resource = "*" },
      { Effect = "Deny", Principal = "*", Action = "secretsmanager:DeleteSecret", Resource = "*" },
    ]
  })
}

resource "google_secret_manager_secret_iam_member" "db" {
  secret_id = "db"
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:app@p.iam.gserviceaccount.com"
}
