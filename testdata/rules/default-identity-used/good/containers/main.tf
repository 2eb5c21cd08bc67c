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

resource "aws_ecs_task_definition" "fargate" {
  family                   = "fargate"
  requires_compatibilities = ["FARGATE"]
  container_definitions    = jsonencode([{ name = "web", image = "web" }])
}

resource "aws_ecs_task_definition" "own" {
  family                   = "own"
  requires_compatibilities = ["EC2"]
  task_role_arn            = "arn:aws:iam::123456789012:role/own"
  container_definitions    = jsonencode([{ name = "web", image = "web" }])
}

resource "aws_ecs_task_definition" "elsewhere" {
  family                = "elsewhere"
  container_definitions = jsonencode([{ name = "web", image = "web" }])
}

resource "aws_ecs_service" "elsewhere" {
  name            = "elsewhere"
  task_definition = aws_ecs_task_definition.elsewhere.arn
  launch_type     = "FARGATE"
}
