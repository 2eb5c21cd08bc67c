# The roles that tasks can run as are all here, so that the fix can name them.
resource "aws_iam_role" "task" {
  name               = "task"
  tags               = { owner = "web" }
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }] })
}

resource "aws_iam_role" "execution" {
  name               = "execution"
  tags               = { owner = "web" }
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }] })
}

resource "aws_ecs_task_definition" "web" {
  family                = "web"
  task_role_arn         = aws_iam_role.task.arn
  execution_role_arn    = aws_iam_role.execution.arn
  container_definitions = "[]"
}

data "aws_iam_policy_document" "deploy" {
  statement {
    actions   = ["ecs:RegisterTaskDefinition", "ecs:RunTask"]
    resources = ["arn:aws:ecs:eu-west-1:123456789012:task-definition/web:*"]
  }

  statement {
    actions   = ["iam:PassRole"] # expect: KW411
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "deploy" {
  role   = "deployer"
  policy = data.aws_iam_policy_document.deploy.json
}

resource "aws_iam_role_policy" "heredoc" {
  role   = "releaser"
  policy = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Action": ["ecs:RegisterTaskDefinition", "ecs:RunTask"],
          "Resource": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:*"
        },
        {
          "Effect": "Allow",
          "Sid": "expect: KW411 ", "Action": "iam:PassRole",
          "Resource": "*"
        }
      ]
    }
  EOT
}

resource "aws_iam_role_policy" "mixed" {
  role = "packer"
  policy = jsonencode({
    "Version" : "2012-10-17",
    "Statement" : [
      { "Effect" : "Allow", "Action" : ["ecs:RegisterTaskDefinition", "ecs:RunTask"], "Resource" : "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:*" },
      {
        "Effect" : "Allow",
        "Action" : "iam:PassRole", # expect: KW411
        "Resource" : "*"
      }
    ]
  })
}
