resource "aws_kms_key" "plain" { # expect: KW502
  description = "app"
}

resource "aws_kms_key" "off" {
  description         = "app"
  enable_key_rotation = false # expect: KW502
}

resource "aws_kms_key" "primary" { # expect: KW502
  multi_region             = true
  customer_master_key_spec = "SYMMETRIC_DEFAULT"
}

resource "google_kms_crypto_key" "app" { # expect: KW502
  name     = "app"
  key_ring = "ring"
}

resource "azurerm_key_vault_key" "disk" { # expect: KW502
  name            = "disk"
  key_vault_id    = "kv"
  key_type        = "RSA"
  key_opts        = ["wrapKey"]
  expiration_date = "2027-03-01T00:00:00Z"
}
