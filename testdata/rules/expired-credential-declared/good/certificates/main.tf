resource "aws_iam_server_certificate" "app" {
  name             = "app"
  certificate_body = local.certificate
  private_key      = var.private_key
}

resource "azuread_application_certificate" "app" {
  application_id = "/applications/00000000-0000-0000-0000-000000000000"
  type           = "AsymmetricX509Cert"
  end_date       = "2027-10-01T00:00:00Z"
  value          = file("${path.module}/app.pem")
}

variable "private_key" {
  type      = string
  sensitive = true
}

locals {
  certificate = "-----BEGIN CERTIFICATE-----\nMIIBITCByKADAgECAgISZzAKBggqhkjOPQQDAjAaMRgwFgYDVQQDDA9hcHAuZXhh\nbXBsZS5jb20wHhcNMjYwMTAxMDAwMDAwWhcNMzYwMTAxMDAwMDAwWjAaMRgwFgYD\nVQQDDA9hcHAuZXhhbXBsZS5jb20wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATN\n2xQNtS52mvEhoYK8zfhJcnJKLhpwyy69lH774it2h9lUMOsSOjQFh+/AszCKp8/j\nMCEjazJT8KOk8r0bxH1EMAoGCCqGSM49BAMCA0gAMEUCIQDks7HnvJaPFRMG8uRQ\nGkk8NcyJ4KprW2VpUy81qktP1wIgDykAIKF1RefI5RGFPUDZ8T7D/+Z2FDPEhXyc\nfXaiKT8=\n-----END CERTIFICATE-----"
}
