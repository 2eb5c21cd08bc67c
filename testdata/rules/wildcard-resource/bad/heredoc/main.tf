resource "aws_sqs_queue" "jobs" {
  name = "jobs"
}

# A heredoc takes a template.
resource "aws_iam_role_policy" "worker" {
  role   = "worker"
  policy = <<EOF
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Action": ["sqs:SendMessage", "sqs:DeleteMessage"],
      "Effect": "Allow",
      "Sid": "expect: KW204 .", "Resource": "*"
    }
  ]
}
EOF
}
