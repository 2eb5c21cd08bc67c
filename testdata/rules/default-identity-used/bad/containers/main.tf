resource "aws_iam_role" "host" {
  name               = "host"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_instance_profile" "host" {
  role = aws_iam_role.host.name
}

resource "aws_iam_role_policy_attachment" "agent" {
  role       = aws_iam_role.host.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
}

resource "aws_iam_role_policy" "data" {
  role = aws_iam_role.host.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:GetObject", "dynamodb:PutItem"], Resource = "arn:aws:s3:::data/*" }]
  })
}

resource "aws_launch_template" "host" {
  name = "host"
  iam_instance_profile {
    name = aws_iam_instance_profile.host.name
  }
}

resource "aws_ecs_task_definition" "web" { # expect: KW425
  family                   = "web"
  requires_compatibilities = ["EC2"]
  container_definitions    = jsonencode([{ name = "web", image = "web" }])
}

resource "aws_ecs_task_definition" "worker" { # expect: KW425
  family                = "worker"
  container_definitions = jsonencode([{ name = "worker", image = "worker" }])
}

resource "aws_ecs_service" "worker" {
  name            = "worker"
  task_definition = aws_ecs_task_definition.worker.arn
}
