data "aws_ssm_parameter" "orders" {
  name = "/orders/api-key"
}

data "aws_ssm_parameter" "billing" {
  name = "/billing/api-key"
}

module "orders" {
  source      = "acme/service/aws"
  environment = { API_KEY = data.aws_ssm_parameter.orders.value }
}

module "billing" {
  source      = "acme/service/aws"
  environment = { API_KEY = data.aws_ssm_parameter.billing.value }
  tags        = { environment = "live" }
}
