resource "aws_secretsmanager_secret" "feed" {
  name = "feed"
}

resource "aws_secretsmanager_secret_policy" "feed" {
  secret_arn = aws_secretsmanager_secret.feed.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "VendorReads"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::999999999999:root" } # expect: KW305
      Action    = "secretsmanager:GetSecretValue"
      Resource  = "*"
    }]
  })
}

# Nothing says whose it is: for strict readers.
resource "aws_sqs_queue_policy" "jobs" {
  queue_url = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "888888888888" }, Action = "sqs:SendMessage", Resource = "*" }] # expect: KW305
  })
}
