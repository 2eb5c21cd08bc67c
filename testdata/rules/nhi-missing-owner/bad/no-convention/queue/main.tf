variable "name" {
  type = string
}

resource "aws_iam_role" "worker" { # expect: KW001
  count              = 2
  name               = "${var.name}-${count.index}"
  assume_role_policy = "{}"
}

resource "aws_lambda_function" "worker" {
  count         = 2
  function_name = "${var.name}-${count.index}"
  role          = aws_iam_role.worker[count.index].arn
}
