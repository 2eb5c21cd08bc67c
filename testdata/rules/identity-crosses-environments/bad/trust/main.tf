variable "dev_account_id" {
  type = string
}

resource "aws_iam_role" "deploy_prod" {
  name = "deploy-prod"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { AWS = ["arn:aws:iam::111122223333:role/dev-builder", "arn:aws:iam::444455556666:role/prod-builder"] } # expect: KW403
        Action    = "sts:AssumeRole"
      },
      {
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${var.dev_account_id}:root" } # expect: KW403
        Action    = "sts:AssumeRole"
      },
    ]
  })
}

data "aws_iam_policy_document" "github" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::444455556666:oidc-provider/token.actions.githubusercontent.com"]
    }
    condition {
      test     = "StringLike"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:acme/app:ref:refs/heads/main", "repo:acme/app:environment:staging"] # expect: KW403
    }
  }
}

resource "aws_iam_role" "release" {
  name               = "release"
  assume_role_policy = data.aws_iam_policy_document.github.json
  tags               = { environment = "production" }
}

resource "google_service_account" "runner_prod" {
  account_id = "runner-prod"
}

resource "google_service_account_iam_member" "runner_prod" {
  service_account_id = google_service_account.runner_prod.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = "serviceAccount:builder@acme-dev.iam.gserviceaccount.com" # expect: KW403
}

resource "azurerm_user_assigned_identity" "live" {
  name                = "app-live"
  resource_group_name = "rg"
  location            = "westeurope"
  tags                = { env = "live" }
}

resource "azurerm_federated_identity_credential" "ci" {
  name      = "ci"
  parent_id = azurerm_user_assigned_identity.live.id
  issuer    = "https://token.actions.githubusercontent.com"
  subject   = "repo:acme/app:ref:refs/heads/develop" # expect: KW403
}
