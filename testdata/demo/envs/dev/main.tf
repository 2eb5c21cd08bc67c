provider "aws" {
  region = "eu-west-1"

  default_tags {
    tags = {
      owner       = "payments"
      environment = "dev"
    }
  }
}

module "checkout" {
  source = "../../modules/service"

  name        = "checkout"
  policy_arns = ["arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"]
  environment = {
    TABLE          = "orders-dev"
    PAYMENT_SECRET = var.payment_secret
  }
}

# A real-looking key as a default: it is in the history of the repository for good.
variable "payment_secret" {
  type    = string
  default = "whsec_9uK2vQpZ7mXw4RtY8bNc3Ld6Hs1Jf5Ga"
}
