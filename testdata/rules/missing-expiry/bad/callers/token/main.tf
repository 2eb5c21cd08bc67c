variable "names" {
  type = list(string)
}

variable "expires_on" {
  type    = string
  default = null
}

resource "cloudflare_account_token" "this" { # expect: KW108
  for_each   = toset(var.names)
  name       = each.key
  expires_on = var.expires_on
}
