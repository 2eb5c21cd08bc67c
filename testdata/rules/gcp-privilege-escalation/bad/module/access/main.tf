variable "project" {
  type = string
}

variable "roles" {
  type = map(list(string))
}

locals {
  pairs = flatten([for name, roles in var.roles : [for role in roles : { name = name, role = role }]])
}

resource "google_service_account" "this" {
  for_each   = var.roles
  account_id = each.key
  project    = var.project
}

resource "google_project_iam_member" "this" {
  for_each = { for pair in local.pairs : "${pair.name}/${pair.role}" => pair }
  project  = var.project
  role     = each.value.role
  member   = google_service_account.this[each.value.name].member
}
