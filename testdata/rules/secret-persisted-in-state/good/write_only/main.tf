ephemeral "random_password" "db" {
  length = 24
}

resource "aws_db_instance" "main" {
  identifier          = "main"
  password            = null
  password_wo         = ephemeral.random_password.db.result
  password_wo_version = 1
}

resource "aws_db_instance" "managed" {
  identifier                  = "managed"
  manage_master_user_password = true
}

# A name and a configuration value are no secrets.
resource "random_bytes" "client_id" {
  length = 16
}

resource "random_string" "suffix" {
  length = 4
}

resource "kubernetes_secret_v1" "client" {
  metadata {
    name = "client"
  }
  data = {
    id     = random_bytes.client_id.hex
    bucket = "app-${random_string.suffix.result}"
  }
}

data "aws_ssm_parameter" "vpc" {
  name = "/network/vpc-id"
}

resource "aws_ssm_parameter" "vpc" {
  name  = "/app/vpc-id"
  type  = "String"
  value = data.aws_ssm_parameter.vpc.value
}

resource "aws_ssm_parameter" "endpoint" {
  name  = "/app/endpoint"
  type  = "SecureString"
  value = aws_db_instance.main.endpoint
}

# Set by hand later.
resource "aws_ssm_parameter" "vendor" {
  name  = "/app/vendor-key"
  type  = "SecureString"
  value = "set-by-hand"
  lifecycle {
    ignore_changes = [value]
  }
}

# A public key made from a private one.
resource "tls_private_key" "ssh" {
  algorithm = "ED25519"
}

resource "aws_ssm_parameter" "public" {
  name  = "/app/ssh-public"
  type  = "String"
  value = tls_private_key.ssh.public_key_openssh
}

# The key is in state whatever takes it.
resource "aws_iam_access_key" "ci" {
  user = "ci"
}

resource "aws_secretsmanager_secret_version" "ci" {
  secret_id     = "ci"
  secret_string = aws_iam_access_key.ci.secret
}
