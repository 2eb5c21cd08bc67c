terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = "eu-west-1"

  default_tags {
    tags = {
      owner       = "payments"
      environment = "prod"
    }
  }
}

# The checkout service runs with its own role, but the role can do everything.
module "checkout" {
  source = "../../modules/service"

  name        = "checkout"
  policy_arns = ["arn:aws:iam::aws:policy/AdministratorAccess"]
  environment = {
    TABLE = "orders"
  }
}

# Two services that have nothing to do with each other share one role.
resource "aws_iam_role" "backoffice" {
  name               = "backoffice"
  description        = "Reads invoices for the back office"
  assume_role_policy = data.aws_iam_policy_document.lambda.json
}

data "aws_iam_policy_document" "lambda" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_lambda_function" "invoices" {
  function_name = "invoices"
  role          = aws_iam_role.backoffice.arn
  handler       = "invoices.handler"
  runtime       = "python3.13"
  filename      = "invoices.zip"
}

resource "aws_lambda_function" "newsletter" {
  function_name = "newsletter"
  role          = aws_iam_role.backoffice.arn
  handler       = "newsletter.handler"
  runtime       = "python3.13"
  filename      = "newsletter.zip"
}

# Meant for tagging, but the wildcard also hands out permissions.
resource "aws_iam_role_policy" "backoffice" {
  name = "tagging"
  role = aws_iam_role.backoffice.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["iam:*Role*", "s3:GetObject"]
      Resource = "*"
    }]
  })
}

# Left over from a migration: no function uses it any more.
resource "aws_iam_role" "importer" {
  name               = "importer"
  description        = "Imported the orders of the old shop"
  assume_role_policy = data.aws_iam_policy_document.lambda.json
}

# The password stays in the state file, though the write-only argument would keep it out.
resource "random_password" "orders" {
  length = 32
}

resource "aws_db_instance" "orders" {
  identifier     = "orders"
  engine         = "postgres"
  instance_class = "db.t4g.medium"
  username       = "orders"
  password       = random_password.orders.result
}
