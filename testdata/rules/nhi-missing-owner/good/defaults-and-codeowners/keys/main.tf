resource "datadog_api_key" "agent" {
  name = "agent"
}
