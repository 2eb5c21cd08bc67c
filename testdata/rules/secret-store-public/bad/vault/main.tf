resource "helm_release" "vault" {
  name       = "vault"
  repository = "https://helm.releases.hashicorp.com"
  chart      = "vault"
  values     = ["server:\n  service:\n    type: LoadBalancer\n"] # expect: KW427
}

resource "helm_release" "ui" {
  name       = "vault"
  repository = "https://helm.releases.hashicorp.com"
  chart      = "vault"
  set {
    name  = "ui.serviceType"
    value = "LoadBalancer" # expect: KW427
  }
}

resource "helm_release" "encoded" {
  name       = "vault"
  repository = "https://helm.releases.hashicorp.com"
  chart      = "vault"
  values     = [yamlencode({ server = { service = { type = "LoadBalancer" } } })] # expect: KW427
}
