# Container service and scaling group behind a load balancer that faces the internet.
resource "aws_lb" "web" {
  name               = "web"
  load_balancer_type = "application"
  security_groups    = [aws_security_group.lb.id]
}

resource "aws_security_group" "lb" {
  name = "lb"
}

resource "aws_security_group_rule" "lb" {
  type              = "ingress"
  security_group_id = aws_security_group.lb.id
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_blocks       = ["0.0.0.0/0"]
}

resource "aws_lb_listener" "web" {
  load_balancer_arn = aws_lb.web.arn
  port              = 443
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.app.arn
  }
}

resource "aws_lb_listener_rule" "batch" {
  listener_arn = aws_lb_listener.web.arn
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.nodes.arn
  }
  condition {
    path_pattern {
      values = ["/nodes/*"]
    }
  }
}

resource "aws_lb_target_group" "app" {
  name        = "app"
  target_type = "ip"
}

resource "aws_lb_target_group" "nodes" {
  name = "nodes"
}

resource "aws_iam_role" "task" {
  name               = "task"
  assume_role_policy = "{}"
  inline_policy {
    name   = "secrets"
    policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "secretsmanager:Get*", Resource = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:*" }] })
  }
}

resource "aws_ecs_task_definition" "app" {
  family                = "app"
  task_role_arn         = aws_iam_role.task.arn # expect: KW421
  container_definitions = "[]"
}

resource "aws_ecs_service" "app" {
  name            = "app"
  task_definition = aws_ecs_task_definition.app.arn
  load_balancer {
    target_group_arn = aws_lb_target_group.app.arn
    container_name   = "app"
    container_port   = 8080
  }
}

resource "aws_iam_role" "node" {
  name                = "node"
  assume_role_policy  = "{}"
  managed_policy_arns = ["arn:aws:iam::aws:policy/PowerUserAccess"]
}

resource "aws_iam_instance_profile" "node" {
  role = aws_iam_role.node.name
}

resource "aws_launch_template" "node" {
  iam_instance_profile {
    name = aws_iam_instance_profile.node.name # expect: KW421
  }
}

resource "aws_autoscaling_group" "node" {
  max_size          = 3
  min_size          = 1
  target_group_arns = [aws_lb_target_group.nodes.arn]
  launch_template {
    id = aws_launch_template.node.id
  }
}
