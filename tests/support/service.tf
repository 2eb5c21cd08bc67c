variable "name" {
  type = string
}

variable "password" {
  type    = string
  default = ""
}

resource "aws_iam_role" "this" {
  name = "${var.name}-task"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name   = "${var.name}-access"
  role   = aws_iam_role.this.id
  policy = file("${path.module}/policy.json")
}

resource "aws_iam_user" "ci" {
  name = "${var.name}-ci"
}

resource "aws_iam_access_key" "ci" {
  user = aws_iam_user.ci.name
}

resource "aws_db_instance" "main" {
  username = "app"
  password = var.password
}

output "role_arn" {
  value = aws_iam_role.this.arn
}
