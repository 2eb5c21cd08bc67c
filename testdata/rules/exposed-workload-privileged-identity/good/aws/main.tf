# An administrator that nobody reaches: closed group, internal load balancer, signed calls.
resource "aws_iam_role" "admin" {
  name                = "admin"
  assume_role_policy  = "{}"
  managed_policy_arns = ["arn:aws:iam::aws:policy/AdministratorAccess"]
}

resource "aws_iam_instance_profile" "admin" {
  role = aws_iam_role.admin.name
}

resource "aws_security_group" "office" {
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["203.0.113.0/24"]
  }
}

resource "aws_instance" "office" {
  ami                         = "ami-1"
  instance_type               = "t3.micro"
  associate_public_ip_address = true
  vpc_security_group_ids      = [aws_security_group.office.id]
  iam_instance_profile        = aws_iam_instance_profile.admin.name
}

resource "aws_security_group" "open" {
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_instance" "private" {
  ami                         = "ami-1"
  instance_type               = "t3.micro"
  associate_public_ip_address = false
  vpc_security_group_ids      = [aws_security_group.open.id]
  iam_instance_profile        = aws_iam_instance_profile.admin.name
}

resource "aws_lb" "internal" {
  internal = true
}

resource "aws_lb_listener" "internal" {
  load_balancer_arn = aws_lb.internal.arn
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.internal.arn
  }
}

resource "aws_lb_target_group" "internal" {
  name = "internal"
}

resource "aws_lb_target_group_attachment" "internal" {
  target_group_arn = aws_lb_target_group.internal.arn
  target_id        = aws_instance.private.id
}

resource "aws_lambda_function" "signed" {
  function_name = "signed"
  role          = aws_iam_role.admin.arn
}

resource "aws_lambda_function_url" "signed" {
  function_name      = aws_lambda_function.signed.function_name
  authorization_type = "AWS_IAM"
}

resource "aws_lambda_permission" "bucket" {
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.signed.function_name
  principal      = "*"
  source_account = "123456789012"
}

resource "aws_apigatewayv2_api" "signed" {
  name          = "signed"
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_integration" "signed" {
  api_id           = aws_apigatewayv2_api.signed.id
  integration_type = "AWS_PROXY"
  integration_uri  = aws_lambda_function.signed.invoke_arn
}

resource "aws_apigatewayv2_route" "signed" {
  api_id             = aws_apigatewayv2_api.signed.id
  route_key          = "$default"
  authorization_type = "JWT"
  authorizer_id      = "a1"
  target             = "integrations/${aws_apigatewayv2_integration.signed.id}"
}

# Reachable, and may do little. The policy that lets Systems Manager in reads parameters, which is accepted.
resource "aws_iam_role" "small" {
  name                = "small"
  assume_role_policy  = "{}"
  managed_policy_arns = ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"]
  inline_policy {
    name   = "own"
    policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::site/*" }] })
  }
}

resource "aws_iam_instance_profile" "small" {
  role = aws_iam_role.small.name
}

resource "aws_instance" "small" {
  ami                         = "ami-1"
  instance_type               = "t3.micro"
  associate_public_ip_address = true
  vpc_security_group_ids      = [aws_security_group.open.id]
  iam_instance_profile        = aws_iam_instance_profile.small.name
}

# People sign in before the load balancer passes anything on. The execution role is not the container's.
resource "aws_lb" "login" {
  name = "login"
}

resource "aws_lb_listener" "login" {
  load_balancer_arn = aws_lb.login.arn
  default_action {
    type = "authenticate-oidc"
  }
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.login.arn
  }
}

resource "aws_lb_target_group" "login" {
  name = "login"
}

resource "aws_ecs_task_definition" "login" {
  family                = "login"
  task_role_arn         = aws_iam_role.admin.arn
  container_definitions = "[]"
}

resource "aws_ecs_service" "login" {
  name            = "login"
  task_definition = aws_ecs_task_definition.login.arn
  load_balancer {
    target_group_arn = aws_lb_target_group.login.arn
    container_name   = "login"
    container_port   = 80
  }
}

resource "aws_ecs_task_definition" "agent" {
  family                = "agent"
  execution_role_arn    = aws_iam_role.admin.arn
  container_definitions = "[]"
}

resource "aws_ecs_service" "agent" {
  name            = "agent"
  task_definition = aws_ecs_task_definition.agent.arn
  network_configuration {
    subnets          = ["subnet-1"]
    assign_public_ip = true
    security_groups  = [aws_security_group.open.id]
  }
}
