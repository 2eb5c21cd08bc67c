resource "aws_iam_role" "orders" {
  name               = "orders"
  assume_role_policy = "{}"
}

resource "aws_lambda_function" "orders" {
  for_each      = toset(["eu", "us"])
  function_name = "orders-${each.key}"
  role          = aws_iam_role.orders.arn
}

resource "aws_iam_role" "web" {
  name               = "web"
  assume_role_policy = "{}"
}

resource "aws_iam_instance_profile" "web" {
  role = aws_iam_role.web.name
}

# Copies, versions and the instance that they were tried on are one workload.
resource "aws_launch_template" "web_blue" {
  iam_instance_profile {
    arn = aws_iam_instance_profile.web.arn
  }
}

resource "aws_launch_template" "web_v2_green" {
  iam_instance_profile {
    arn = aws_iam_instance_profile.web.arn
  }
}

resource "aws_instance" "web01" {
  iam_instance_profile = aws_iam_instance_profile.web.name
}

# The platform takes these on, not the workload.
resource "aws_iam_role" "execution" {
  name               = "execution"
  assume_role_policy = "{}"
}

resource "aws_ecs_task_definition" "orders" {
  family                = "orders"
  execution_role_arn    = aws_iam_role.execution.arn
  task_role_arn         = aws_iam_role.orders_task.arn
  container_definitions = "[]"
}

resource "aws_ecs_task_definition" "billing" {
  family                = "billing"
  execution_role_arn    = aws_iam_role.execution.arn
  task_role_arn         = aws_iam_role.billing_task.arn
  container_definitions = "[]"
}

resource "aws_iam_role" "orders_task" {
  name               = "orders-task"
  assume_role_policy = "{}"
}

resource "aws_iam_role" "billing_task" {
  name               = "billing-task"
  assume_role_policy = "{}"
}

resource "aws_eks_node_group" "a" {
  cluster_name  = "x"
  node_role_arn = aws_iam_role.execution.arn
}

# One role for each region, by a module that is called for each.
module "worker" {
  source   = "./worker"
  for_each = toset(["eu", "us"])
  role_arn = aws_iam_role.orders.arn == "" ? null : aws_iam_role.worker.arn
}

resource "aws_iam_role" "worker" {
  name               = "worker"
  assume_role_policy = "{}"
}
