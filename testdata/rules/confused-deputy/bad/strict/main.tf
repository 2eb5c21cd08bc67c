# A role of another account that nothing marks as a vendor's: for strict readers.
resource "aws_iam_role" "copy" {
  name = "copy"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::999999999999:role/copier" } # expect: KW304
      Action    = "sts:AssumeRole"
    }]
  })
}

# A service whose guide asks for the condition: for strict readers.
resource "aws_iam_role" "flow_logs" {
  name = "flow-logs"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "vpc-flow-logs.amazonaws.com" }, Action = "sts:AssumeRole" }] # expect: KW304
  })
}
