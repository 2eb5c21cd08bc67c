variable "name" {
  type = string
}

# Nobody owns the file; who calls it owns what it makes.
resource "datadog_api_key" "agent" {
  name = var.name
}
