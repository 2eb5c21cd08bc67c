data "aws_secretsmanager_secret_version" "orders" { # expect: KW402
  secret_id = "prod/payment-api-key"
}

data "aws_secretsmanager_secret" "payment" {
  name = "prod/payment-api-key"
}

data "aws_secretsmanager_secret_version" "billing" {
  secret_id = data.aws_secretsmanager_secret.payment.id
}

resource "aws_lambda_function" "orders" {
  function_name = "orders"
  role          = "arn:aws:iam::111122223333:role/orders"
  environment {
    variables = { PAYMENT_API_KEY = data.aws_secretsmanager_secret_version.orders.secret_string }
  }
}

resource "aws_lambda_function" "billing" {
  function_name = "billing"
  role          = "arn:aws:iam::111122223333:role/billing"
  environment {
    variables = { PAYMENT_API_KEY = data.aws_secretsmanager_secret_version.billing.secret_string }
  }
}
