resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = "{}"
}

resource "aws_iam_instance_profile" "app" {
  role = aws_iam_role.app.name
}

resource "aws_iam_role_policy" "app" {
  role   = aws_iam_role.app.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}

resource "aws_lambda_function" "orders" {
  function_name = "orders"
  role          = aws_iam_role.app.arn # expect: KW401
}

resource "aws_launch_template" "web_blue" {
  iam_instance_profile {
    name = aws_iam_instance_profile.app.name # expect: KW401
  }
}

resource "aws_launch_template" "web_green" {
  iam_instance_profile {
    name = aws_iam_instance_profile.app.name
  }
}

module "billing" {
  source   = "./function"
  name     = "billing"
  role_arn = aws_iam_role.app.arn # expect: KW401
}
