resource "github_repository" "app" {
  name = "app"
}

resource "github_repository_environment" "production" {
  repository  = github_repository.app.name
  environment = "production"
}

data "aws_iam_openid_connect_provider" "github" {
  url = "https://token.actions.githubusercontent.com"
}

resource "aws_iam_role" "deploy" {
  name = "deploy"
  tags = { owner = "platform" }
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ # expect: KW302
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = data.aws_iam_openid_connect_provider.github.arn }
    }]
  })
}

resource "google_iam_workload_identity_pool" "github" {
  workload_identity_pool_id = "github"
}

resource "google_iam_workload_identity_pool_provider" "github" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  attribute_mapping = {
    "google.subject"       = "assertion.sub"
    "attribute.repository" = "assertion.repository"
  }
  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_storage_bucket_iam_member" "artifacts" {
  bucket = "artifacts"
  role   = "roles/storage.objectAdmin"
  member = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}/*" # expect: KW302
}

# Nothing is bound yet.
resource "google_iam_workload_identity_pool_provider" "new" { # expect: KW302
  workload_identity_pool_id          = "new"
  workload_identity_pool_provider_id = "new"

  attribute_mapping = { "google.subject" = "assertion.sub" }

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}
