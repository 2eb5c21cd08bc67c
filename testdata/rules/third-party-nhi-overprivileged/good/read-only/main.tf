resource "aws_iam_role" "datadog" {
  name = "datadog"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::464622532012:root" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "sts:ExternalId" = "7c1f0a525b8e4a6e9f50" } }
    }]
  })
}

resource "aws_iam_role_policy" "datadog" {
  role = aws_iam_role.datadog.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["cloudwatch:Get*", "cloudwatch:List*", "ec2:Describe*", "tag:GetResources", "logs:PutSubscriptionFilter"], Resource = "*" }]
  })
}

resource "aws_iam_role_policy_attachment" "datadog" {
  role       = aws_iam_role.datadog.name
  policy_arn = "arn:aws:iam::aws:policy/SecurityAudit"
}

data "github_repositories" "scanned" {
  query = "org:acme topic:scanned"
}

resource "github_app_installation_repositories" "scanner" {
  installation_id       = "1234567"
  selected_repositories = data.github_repositories.scanned.names
}
