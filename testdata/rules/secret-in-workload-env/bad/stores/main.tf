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

data "aws_ssm_parameter" "token" {
  name = "/prod/api/token"
}

resource "aws_ecs_task_definition" "web" {
  family             = "web"
  execution_role_arn = "arn:aws:iam::123456789012:role/ecs-execution"
  container_definitions = jsonencode([
    {
      name  = "web"
      image = "web"
      environment = [
        { name = "REGION", value = "eu-west-1" },
        { name = "API_TOKEN", value = data.aws_ssm_parameter.token.value }, # expect: KW103
        {
          name  = "DB_PASSWORD"
          value = random_password.db.result # expect: KW103
        },
      ]
      essential = true
    },
    {
      "name" : "sidecar",
      "image" : "sidecar",
      "environment" : [
        { "name" : "API_TOKEN", "value" : data.aws_ssm_parameter.token.value } # expect: KW103
      ],
      "essential" : false
    },
    {
      name = "agent"
      environment = [
        { name = "DB_PASSWORD", value = random_password.db.result }, # expect: KW103
        { name = "LEVEL", value = "info" }
      ]
      secrets = [
        { name = "LICENCE", valueFrom = "/agent/licence" }
      ]
    }
  ])
}

# There is nobody to read it as.
resource "aws_ecs_task_definition" "bare" {
  family = "bare"
  container_definitions = jsonencode([{
    name        = "bare"
    environment = [{ name = "API_TOKEN", value = data.aws_ssm_parameter.token.value }] # expect: KW103
  }])
}

resource "random_password" "admin" {
  length = 20
}

resource "kubernetes_secret_v1" "app" {
  metadata {
    name      = "app"
    namespace = "shop"
  }

  data = {
    admin-password = random_password.admin.result
  }
}

resource "kubernetes_deployment_v1" "app" {
  metadata {
    name      = "app"
    namespace = "shop"
  }

  spec {
    template {
      spec {
        container {
          name = "app"

          env {
            name  = "ADMIN_PASSWORD"
            value = random_password.admin.result # expect: KW103
          }
        }
      }
    }
  }
}

# Pods read secrets of their own namespace only.
resource "kubernetes_deployment_v1" "other" {
  metadata {
    name      = "other"
    namespace = "ops"
  }

  spec {
    template {
      spec {
        container {
          name = "other"

          env {
            name  = "ADMIN_PASSWORD"
            value = random_password.admin.result # expect: KW103
          }
        }
      }
    }
  }
}

resource "google_secret_manager_secret" "api" {
  secret_id = "api"
}

resource "google_secret_manager_secret_version" "api" {
  secret      = google_secret_manager_secret.api.id
  secret_data = random_password.db.result
}

resource "google_cloud_run_v2_service" "api" {
  name = "api"

  template {
    containers {
      image = "api"

      env {
        name  = "DB_PASSWORD"
        value = random_password.db.result # expect: KW103
      }
    }
  }
}
