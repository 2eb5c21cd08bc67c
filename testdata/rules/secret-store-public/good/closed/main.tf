resource "azurerm_container_registry" "closed" {
  name                          = "closed"
  sku                           = "Premium"
  public_network_access_enabled = false
}

resource "azurerm_container_registry" "lists" {
  name = "lists"
  sku  = "Premium"
  network_rule_set {
    default_action = "Deny"
  }
}

# No other tier can be closed.
resource "azurerm_container_registry" "basic" {
  name = "basic"
  sku  = "Basic"
}

resource "helm_release" "internal" {
  name  = "vault"
  chart = "vault"
  values = [yamlencode({
    server = { service = { type = "LoadBalancer", annotations = { "service.beta.kubernetes.io/aws-load-balancer-internal" = "true" } } }
  })]
}

resource "helm_release" "inside" {
  name  = "vault"
  chart = "vault"
  values = ["server:\n  service:\n    type: ClusterIP\n"]
}

resource "helm_release" "unknown" {
  name   = "vault"
  chart  = "vault"
  values = [var.values]
  set {
    name  = "server.service.type"
    value = "LoadBalancer"
  }
}

resource "helm_release" "other" {
  name  = "web"
  chart = "nginx"
  set {
    name  = "server.service.type"
    value = "LoadBalancer"
  }
}

variable "values" {
  type = string
}
