resource "aws_lambda_function" "hook" {
  function_name = "hook"
  role          = "arn:aws:iam::123456789012:role/hook"
}

resource "aws_lambda_function_url" "hook" {
  function_name      = aws_lambda_function.hook.function_name
  authorization_type = "AWS_IAM"
}

resource "aws_lambda_permission" "bucket" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.hook.function_name
  principal     = "s3.amazonaws.com"
}

resource "aws_lambda_permission" "organization" {
  action           = "lambda:InvokeFunction"
  function_name    = aws_lambda_function.hook.function_name
  principal        = "*"
  principal_org_id = "o-abc1234567"
}

resource "aws_api_gateway_rest_api" "private" {
  name = "private"
  endpoint_configuration {
    types = ["PRIVATE"]
  }
}

resource "aws_api_gateway_method" "private" {
  rest_api_id   = aws_api_gateway_rest_api.private.id
  resource_id   = aws_api_gateway_rest_api.private.root_resource_id
  http_method   = "GET"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "private" {
  rest_api_id             = aws_api_gateway_rest_api.private.id
  resource_id             = aws_api_gateway_rest_api.private.root_resource_id
  http_method             = aws_api_gateway_method.private.http_method
  integration_http_method = "POST"
  type                    = "AWS_PROXY"
  uri                     = aws_lambda_function.hook.invoke_arn
}

resource "aws_cognito_identity_pool" "app" {
  identity_pool_name               = "app"
  allow_unauthenticated_identities = false
}

resource "aws_cognito_identity_pool_roles_attachment" "app" {
  identity_pool_id = aws_cognito_identity_pool.app.id
  roles            = { authenticated = "arn:aws:iam::123456789012:role/people" }
}

resource "google_cloud_run_v2_service" "inside" {
  name     = "inside"
  location = "europe-west1"
  ingress  = "INGRESS_TRAFFIC_INTERNAL_ONLY"
  template {
    service_account = "inside@p.iam.gserviceaccount.com"
  }
}

resource "google_cloud_run_v2_service_iam_member" "inside" {
  name   = google_cloud_run_v2_service.inside.name
  role   = "roles/run.invoker"
  member = "allUsers"
}

resource "google_cloud_run_v2_service" "called" {
  name     = "called"
  location = "europe-west1"
  template {
    service_account = "called@p.iam.gserviceaccount.com"
  }
}

resource "google_cloud_run_v2_service_iam_member" "called" {
  name   = google_cloud_run_v2_service.called.name
  role   = "roles/run.invoker"
  member = "serviceAccount:caller@p.iam.gserviceaccount.com"
}

resource "azurerm_logic_app_workflow" "order" {
  name                = "order"
  location            = "westeurope"
  resource_group_name = "order"
  identity {
    type = "SystemAssigned"
  }
  access_control {
    trigger {
      allowed_caller_ip_address_range = ["203.0.113.0/24"]
    }
  }
}

resource "azurerm_logic_app_trigger_http_request" "order" {
  name         = "order"
  logic_app_id = azurerm_logic_app_workflow.order.id
  schema       = "{}"
}

# Runs as nobody.
resource "azurerm_logic_app_workflow" "plain" {
  name                = "plain"
  location            = "westeurope"
  resource_group_name = "plain"
}

resource "azurerm_logic_app_trigger_http_request" "plain" {
  name         = "plain"
  logic_app_id = azurerm_logic_app_workflow.plain.id
  schema       = "{}"
}
