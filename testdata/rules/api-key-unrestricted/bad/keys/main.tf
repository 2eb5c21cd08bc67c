resource "google_apikeys_key" "open" { # expect: KW213
  name    = "open"
  project = "acme"
}

resource "google_apikeys_key" "apis" {
  name    = "apis"
  project = "acme"
  restrictions { # expect: KW213
    api_targets {
      service = "maps-backend.googleapis.com"
    }
  }
}

resource "google_apikeys_key" "callers" {
  name    = "callers"
  project = "acme"
  restrictions { # expect: KW213
    server_key_restrictions {
      allowed_ips = ["203.0.113.7"]
    }
  }
}

resource "google_apikeys_key" "anywhere" {
  name    = "anywhere"
  project = "acme"
  restrictions { # expect: KW213
    api_targets {
      service = "maps-backend.googleapis.com"
    }
    server_key_restrictions {
      allowed_ips = ["0.0.0.0/0"]
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
  authorization    = "NONE" # expect: KW213
  api_key_required = true
}

# For strict readers: a private API.
resource "aws_api_gateway_rest_api" "inner" {
  name = "inner"
  endpoint_configuration {
    types = ["PRIVATE"]
  }
}

resource "aws_api_gateway_method" "inner" {
  rest_api_id      = aws_api_gateway_rest_api.inner.id
  resource_id      = aws_api_gateway_rest_api.inner.root_resource_id
  http_method      = "POST"
  authorization    = "NONE" # expect: KW213
  api_key_required = true
}
