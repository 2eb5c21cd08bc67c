locals {
  service = { Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] }
}

resource "aws_iam_role" "runs" {
  name               = "runs"
  assume_role_policy = jsonencode(local.service)
}

resource "aws_lambda_function" "runs" {
  function_name = "runs"
  role          = aws_iam_role.runs.arn
}

# By its name alone.
resource "aws_iam_role" "by_name" {
  name               = "by-name"
  assume_role_policy = jsonencode(local.service)
}

resource "aws_lambda_function" "by_name" {
  function_name = "x"
  role          = "arn:aws:iam::111122223333:role/by-name"
}

# Other code reads it.
resource "aws_iam_role" "output" {
  name               = "output"
  assume_role_policy = jsonencode(local.service)
}

output "role" {
  value = { arn = aws_iam_role.output.arn }
}

resource "aws_iam_role" "published" {
  name               = "published"
  assume_role_policy = jsonencode(local.service)
}

resource "aws_ssm_parameter" "published" {
  name  = "/roles/published"
  type  = "String"
  value = aws_iam_role.published.arn
}

# Given to a module that is not here.
resource "aws_iam_role" "given" {
  name               = "given"
  assume_role_policy = jsonencode(local.service)
}

module "elsewhere" {
  source   = "app.terraform.io/acme/function/aws"
  role_arn = aws_iam_role.given.arn
}

# An index that is not known.
variable "which" {
  type = string
}

resource "aws_iam_role" "many" {
  for_each           = toset(["a", "b"])
  name               = each.key
  assume_role_policy = jsonencode(local.service)
}

resource "aws_lambda_function" "one_of_many" {
  function_name = "one"
  role          = aws_iam_role.many[var.which].arn
}

# Assumed from outside.
resource "aws_iam_role" "outside" {
  name = "outside"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { AWS = "arn:aws:iam::999999999999:root" }, Action = "sts:AssumeRole" },
  ] })
}

resource "aws_iam_role" "unknown_trust" {
  name               = "unknown-trust"
  assume_role_policy = var.which
}

# AWS looks for it by this name.
resource "aws_iam_role" "dms" {
  name               = "dms-vpc-role"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "dms.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}

resource "aws_iam_user" "ci" {
  name = "ci"
}

resource "aws_iam_user_group_membership" "ci" {
  user   = aws_iam_user.ci.name
  groups = ["deployers"]
}
