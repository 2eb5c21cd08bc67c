resource "aws_iam_role" "worker" { # expect: KW501
  count = 2
  name  = "worker-${count.index}"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

output "unread_worker_roles" {
  value = aws_iam_role.worker[*].arn
}
