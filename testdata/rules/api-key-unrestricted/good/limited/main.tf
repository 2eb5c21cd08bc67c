resource "google_apikeys_key" "maps" {
  name    = "maps"
  project = "acme"
  restrictions {
    api_targets {
      service = "maps-backend.googleapis.com"
    }
    android_key_restrictions {
      allowed_applications {
        package_name     = "example.acme"
        sha1_fingerprint = "0123456789abcdef0123456789abcdef01234567"
      }
    }
  }
}

resource "aws_api_gateway_rest_api" "orders" {
  name = "orders"
}

resource "aws_api_gateway_method" "orders" {
  rest_api_id      = aws_api_gateway_rest_api.orders.id
  resource_id      = aws_api_gateway_rest_api.orders.root_resource_id
  http_method      = "POST"
  authorization    = "AWS_IAM"
  api_key_required = true
}

resource "aws_api_gateway_method" "preflight" {
  rest_api_id   = aws_api_gateway_rest_api.orders.id
  resource_id   = aws_api_gateway_rest_api.orders.root_resource_id
  http_method   = "OPTIONS"
  authorization = "NONE"
}
