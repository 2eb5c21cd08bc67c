resource "kubernetes_service_account_v1" "agent" {
  metadata {
    name      = "agent"
    namespace = "ops"
  }
}

resource "kubernetes_cluster_role_v1" "apps" {
  metadata {
    name = "apps"
  }
  rule {
    api_groups = ["apps", "batch"]
    resources  = ["*"] # expect: KW211
    verbs      = ["*"]
  }
}

resource "kubernetes_cluster_role_binding_v1" "apps" {
  metadata {
    name = "apps"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = kubernetes_cluster_role_v1.apps.metadata[0].name
  }
  subject {
    kind      = "ServiceAccount"
    name      = kubernetes_service_account_v1.agent.metadata[0].name
    namespace = "ops"
  }
}

# Reading everything takes in the secrets.
resource "kubernetes_cluster_role" "reader" {
  metadata {
    name = "reader"
  }
  rule {
    api_groups = ["*"]
    resources  = ["*"] # expect: KW211
    verbs      = ["get", "list", "watch"]
  }
}

resource "kubernetes_cluster_role_binding" "reader" {
  metadata {
    name = "reader"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = "reader"
  }
  subject {
    kind      = "ServiceAccount"
    name      = "metrics"
    namespace = "ops"
  }
}

resource "kubernetes_role_v1" "secrets" {
  metadata {
    name      = "secrets"
    namespace = "ops"
  }
  rule {
    api_groups = [""]
    resources  = ["*"] # expect: KW211
    verbs      = ["create", "update"]
  }
}

resource "kubernetes_role_binding_v1" "secrets" {
  metadata {
    name      = "secrets"
    namespace = "ops"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Role"
    name      = kubernetes_role_v1.secrets.metadata[0].name
  }
  subject {
    kind      = "ServiceAccount"
    name      = kubernetes_service_account_v1.agent.metadata[0].name
    namespace = "ops"
  }
}

# For strict readers: nothing binds it here.
resource "kubernetes_cluster_role_v1" "loose" {
  metadata {
    name = "loose"
  }
  rule {
    api_groups = [""]
    resources  = ["pods"]
    verbs      = ["*"] # expect: KW211
  }
}
