resource "aws_iam_server_certificate" "app" {
  name             = "app"
  certificate_body = local.certificate
  private_key      = var.private_key
}

resource "azuread_application_certificate" "app" {
  application_id = "/applications/00000000-0000-0000-0000-000000000000"
  type           = "AsymmetricX509Cert"
  end_date       = "2027-10-01T00:00:00Z"
  value          = file("${path.module}/app.pem") # expect: KW111
}

variable "private_key" {
  type      = string
  sensitive = true
}

locals {
  certificate = "-----BEGIN CERTIFICATE-----\nMIIBIjCByKADAgECAgISZzAKBggqhkjOPQQDAjAaMRgwFgYDVQQDDA9hcHAuZXhh\nbXBsZS5jb20wHhcNMjAwMTAxMDAwMDAwWhcNMjEwMTAxMDAwMDAwWjAaMRgwFgYD\nVQQDDA9hcHAuZXhhbXBsZS5jb20wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQP\nVf5e+yQUi2XHRH2sZIIFu0dH+C9fV7gh0GnqeRO+MFoMtaY0GHlQOXhRALUJog8E\nRSmDH0hxlAQ9zdYc76jqMAoGCCqGSM49BAMCA0kAMEYCIQD+7pCe9JO8zazOQ3WA\nu94AolPmPZKS165zIFXquCFnygIhAPHAY5bnhAf4BfpgxGtWN7b3nejAAXukM3Aq\nJ01AAHWJ\n-----END CERTIFICATE-----" # expect: KW111
}
