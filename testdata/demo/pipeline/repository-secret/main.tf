variable "repositories" {
  type = set(string)
}

variable "value" {
  type      = string
  sensitive = true
}

resource "github_actions_secret" "this" {
  for_each = var.repositories

  repository      = each.value
  secret_name     = "AWS_SECRET_ACCESS_KEY"
  plaintext_value = var.value
}
