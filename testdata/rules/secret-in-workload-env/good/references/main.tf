resource "aws_iam_access_key" "k" {
  user = "svc"
}

resource "random_password" "db" {
  length = 24
}

resource "aws_secretsmanager_secret" "db" {
  name = "db"
}

resource "aws_secretsmanager_secret_version" "db" {
  secret_id     = aws_secretsmanager_secret.db.id
  secret_string = random_password.db.result
}

resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = "arn:aws:iam::123456789012:role/f"
  environment {
    variables = {
      KEY_ID     = aws_iam_access_key.k.id
      SECRET_ARN = aws_secretsmanager_secret.db.arn
      VERSION    = aws_secretsmanager_secret_version.db.version_id
      REDEPLOY   = sha256(random_password.db.result)
    }
  }
}

resource "aws_ecs_task_definition" "web" {
  family = "web"
  container_definitions = jsonencode([{
    name    = "web"
    secrets = [{ name = "DB_PASSWORD", valueFrom = "${aws_secretsmanager_secret_version.db.arn}:password::" }]
  }])
}

resource "azurerm_key_vault_secret" "db" {
  name         = "db"
  key_vault_id = "kv"
  value        = random_password.db.result
}

resource "azurerm_linux_web_app" "app" {
  name = "app"
  app_settings = {
    DB_PASSWORD = "@Microsoft.KeyVault(SecretUri=${azurerm_key_vault_secret.db.versionless_id})"
  }
}

resource "google_cloud_run_v2_service" "s" {
  name = "s"
  template {
    containers {
      env {
        name = "DB"
        value_source {
          secret_key_ref {
            secret  = "db"
            version = "latest"
          }
        }
      }
    }
  }
}

resource "aws_codebuild_project" "build" {
  name = "build"
  environment {
    environment_variable {
      name  = "DB_PASSWORD"
      type  = "SECRETS_MANAGER"
      value = aws_secretsmanager_secret_version.db.secret_id
    }
  }
}

resource "azurerm_container_group" "job" {
  name = "job"
  container {
    name                         = "job"
    secure_environment_variables = { DB = random_password.db.result }
  }
}
