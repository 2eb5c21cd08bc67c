resource "kubernetes_cluster_role_v1" "agent" {
  metadata {
    name = "agent"
  }
  rule {
    api_groups = ["apps"]
    resources  = ["deployments"]
    verbs      = ["get", "list", "watch", "patch"]
  }
  rule {
    api_groups = ["metrics.k8s.io"]
    resources  = ["*"]
    verbs      = ["get", "list"]
  }
  rule {
    api_groups     = [""]
    resources      = ["configmaps"]
    resource_names = ["agent"]
    verbs          = ["*"]
  }
}

resource "kubernetes_cluster_role_binding_v1" "agent" {
  metadata {
    name = "agent"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = kubernetes_cluster_role_v1.agent.metadata[0].name
  }
  subject {
    kind      = "ServiceAccount"
    name      = "agent"
    namespace = "ops"
  }
}
