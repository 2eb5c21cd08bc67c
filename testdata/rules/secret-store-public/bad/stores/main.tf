resource "azurerm_key_vault" "silent" { # expect: KW427
  name = "silent"
}

resource "azurerm_key_vault" "allows" {
  name = "allows"
  network_acls {
    default_action = "Allow" # expect: KW427
    bypass         = "AzureServices"
  }
}

resource "azurerm_key_vault" "public" {
  name                          = "public"
  public_network_access_enabled = true # expect: KW427
}

resource "azurerm_container_registry" "open" {
  name                   = "open"
  anonymous_pull_enabled = true # expect: KW427
}

resource "aws_secretsmanager_secret" "db" {
  name = "db"
  policy = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Principal = "*" # expect: KW427
      Action    = "secretsmanager:GetSecretValue"
      Resource  = "*"
    }]
  })
}

data "aws_iam_policy_document" "tls" {
  statement {
    actions   = ["secretsmanager:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["*"] # expect: KW427
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["true"]
    }
  }
}

resource "aws_secretsmanager_secret_policy" "tls" {
  secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:tls-abcdef"
  policy     = data.aws_iam_policy_document.tls.json
}

resource "google_secret_manager_secret_iam_member" "db" {
  secret_id = "db"
  role      = "roles/secretmanager.secretAccessor"
  member    = "allAuthenticatedUsers" # expect: KW427
}
