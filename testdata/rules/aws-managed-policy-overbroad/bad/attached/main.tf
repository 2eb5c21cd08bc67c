resource "aws_iam_role" "deploy" {
  name = "deploy"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy_attachment" "functions" {
  role       = aws_iam_role.deploy.name
  policy_arn = "arn:aws:iam::aws:policy/AWSLambda_FullAccess" # expect: KW203
}

locals {
  wide = ["AmazonS3FullAccess", "AmazonEC2ContainerRegistryFullAccess", "AmazonS3ReadOnlyAccess"]
}

resource "aws_iam_role_policy_attachment" "wide" {
  for_each   = toset(local.wide)
  role       = aws_iam_role.deploy.name
  policy_arn = "arn:aws:iam::aws:policy/${each.value}" # expect: KW203
}

# A name alone: the role is declared elsewhere.
resource "aws_iam_role_policy_attachment" "elsewhere" {
  role       = "elsewhere"
  policy_arn = "arn:aws:iam::aws:policy/SecretsManagerReadWrite" # expect: KW203
}

resource "aws_iam_user" "robot" {
  name = "robot"
}

data "aws_iam_policy" "iam" {
  name = "IAMFullAccess"
}

resource "aws_iam_user_policy_attachment" "robot" {
  user       = aws_iam_user.robot.name
  policy_arn = data.aws_iam_policy.iam.arn # expect: KW203
}

# What is made for Glue, on a role that people become as well.
resource "aws_iam_role" "shared" {
  name                = "shared"
  managed_policy_arns = ["arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole"] # expect: KW203
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::123456789012:root" } }]
  })
}
