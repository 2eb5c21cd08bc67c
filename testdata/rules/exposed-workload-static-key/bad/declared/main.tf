resource "aws_iam_access_key" "uploads" {
  user = "uploads"
}

# In the environment.
resource "aws_lambda_function" "upload" {
  function_name = "upload"
  role          = "arn:aws:iam::123456789012:role/upload"
  environment {
    variables = { UPLOAD_SECRET = aws_iam_access_key.uploads.secret } # expect: KW422
  }
}

resource "aws_lambda_function_url" "upload" {
  function_name      = aws_lambda_function.upload.function_name
  authorization_type = "NONE"
}

# In a boot script.
resource "google_service_account_key" "backup" {
  service_account_id = "projects/p/serviceAccounts/backup@p.iam.gserviceaccount.com"
}

resource "aws_security_group" "web" {
  ingress {
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_instance" "web" {
  ami                         = "ami-1"
  instance_type               = "t3.micro"
  associate_public_ip_address = true
  vpc_security_group_ids      = [aws_security_group.web.id]
  user_data                   = <<SH
#!/bin/sh
echo ${google_service_account_key.backup.private_key} | base64 -d > /etc/key.json # expect: KW422
SH
}

# Through a store.
resource "aws_iam_access_key" "mail" {
  user = "mail"
}

resource "aws_secretsmanager_secret" "mail" {
  name = "mail"
}

resource "aws_secretsmanager_secret_version" "mail" {
  secret_id     = aws_secretsmanager_secret.mail.id
  secret_string = aws_iam_access_key.mail.secret
}

resource "aws_ecs_task_definition" "mail" {
  family = "mail"
  container_definitions = jsonencode([{
    name    = "mail"
    secrets = [{ name = "KEY", valueFrom = aws_secretsmanager_secret.mail.arn }] # expect: KW422
  }])
}

resource "aws_ecs_service" "mail" {
  name            = "mail"
  task_definition = aws_ecs_task_definition.mail.arn
  network_configuration {
    subnets          = ["subnet-1"]
    assign_public_ip = true
    security_groups  = [aws_security_group.web.id]
  }
}
