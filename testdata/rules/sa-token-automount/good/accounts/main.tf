resource "kubernetes_service_account_v1" "off" {
  metadata {
    name = "off"
  }
  automount_service_account_token = false
}

resource "kubernetes_service_account_v1" "bound" {
  metadata {
    name      = "bound"
    namespace = "jobs"
  }
}

resource "kubernetes_service_account_v1" "named" {
  metadata {
    name      = "named"
    namespace = "jobs"
  }
}

resource "kubernetes_role_binding_v1" "jobs" {
  metadata {
    name      = "jobs"
    namespace = "jobs"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Role"
    name      = "jobs"
  }
  subject {
    kind      = "ServiceAccount"
    name      = kubernetes_service_account_v1.bound.metadata[0].name
    namespace = "jobs"
  }
  subject {
    kind      = "ServiceAccount"
    name      = "named"
    namespace = "jobs"
  }
}

# Its pods refuse the token.
resource "kubernetes_service_account_v1" "web" {
  metadata {
    name = "web"
  }
}

resource "kubernetes_pod_v1" "web" {
  metadata {
    name = "web"
  }
  spec {
    service_account_name            = kubernetes_service_account_v1.web.metadata[0].name
    automount_service_account_token = false
  }
}
