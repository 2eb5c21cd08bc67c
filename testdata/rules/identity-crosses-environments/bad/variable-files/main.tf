variable "task_role_arn" {
  type = string
}

variable "runner" {
  type = string
}

variable "identity" {
  type = object({ client_id = string })
}

resource "aws_ecs_task_definition" "app" {
  family        = "app"
  task_role_arn = var.task_role_arn
}
