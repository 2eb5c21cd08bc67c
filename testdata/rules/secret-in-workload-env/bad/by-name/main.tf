data "aws_secretsmanager_secret_version" "npm" {
  secret_id = "ci/npm"
}

data "aws_ssm_parameter" "sonar_token" {
  name = "/ci/sonar/token"
}

resource "aws_codebuild_project" "build" {
  name = "build"

  environment {
    environment_variable {
      name  = "NPM_TOKEN"
      value = data.aws_secretsmanager_secret_version.npm.secret_string # expect: KW103
    }

    environment_variable {
      name  = "SONAR_TOKEN"
      type  = "PLAINTEXT"
      value = data.aws_ssm_parameter.sonar_token.value # expect: KW103
    }
  }
}

data "google_secret_manager_secret_version" "db" {
  secret = "db"
}

resource "google_cloud_run_v2_service" "shop" {
  name = "shop"

  template {
    containers {
      image = "shop"

      env {
        name  = "DB_PASSWORD"
        value = data.google_secret_manager_secret_version.db.secret_data # expect: KW103
      }
    }
  }
}

data "azurerm_key_vault_secret" "smtp" {
  name         = "smtp"
  key_vault_id = "kv"
}

resource "azurerm_linux_web_app" "shop" {
  name = "shop"

  app_settings = {
    SMTP_PASSWORD = data.azurerm_key_vault_secret.smtp.value # expect: KW103
    SMTP_HOST     = "smtp.example.com"
  }

  identity {
    type = "SystemAssigned"
  }
}
