resource "random_string" "suffix" {
  length = 6
}

variable "settings" {
  type = map(string)
}

variable "region" {
  type = string
}

resource "aws_lambda_function" "f" {
  function_name = "f-${random_string.suffix.result}"
  role          = "arn:aws:iam::123456789012:role/f"
  environment {
    variables = merge(var.settings, {
      BUCKET = "data-${random_string.suffix.result}"
      REGION = var.region
    })
  }
}

# Literals are the business of hardcoded-secret.
resource "aws_lambda_function" "g" {
  function_name = "g"
  role          = "arn:aws:iam::123456789012:role/f"
  environment {
    variables = { DB_PASSWORD = "kestrel-Harbour-71" }
  }
}
