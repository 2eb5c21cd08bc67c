resource "kubernetes_cluster_role" "agent" {
  metadata {
    name = "agent"
  }
  rule {
    api_groups     = [""]
    resources      = ["secrets"]
    resource_names = ["agent-config"]
    verbs          = ["get"]
  }
  rule {
    api_groups     = ["rbac.authorization.k8s.io"]
    resources      = ["clusterroles"]
    resource_names = ["view"]
    verbs          = ["bind"]
  }
  rule {
    api_groups = ["", "apps"]
    resources  = ["pods", "pods/log", "deployments"]
    verbs      = ["get", "list", "watch"]
  }
  # Pods of another API group.
  rule {
    api_groups = ["metrics.k8s.io"]
    resources  = ["pods"]
    verbs      = ["create"]
  }
}

resource "kubernetes_cluster_role_binding" "agent" {
  metadata {
    name = "agent"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = kubernetes_cluster_role.agent.metadata[0].name
  }
  subject {
    kind      = "ServiceAccount"
    name      = "agent"
    namespace = "ops"
  }
}

# Nobody has it, and it only reads.
resource "kubernetes_cluster_role" "view" {
  metadata {
    name = "view-all"
  }
  rule {
    api_groups = ["*"]
    resources  = ["nodes", "namespaces"]
    verbs      = ["get", "list"]
  }
}
