resource "kubernetes_service_account" "commands" {
  metadata {
    name      = "commands"
    namespace = "ops"
  }
}

resource "kubernetes_cluster_role" "commands" {
  metadata {
    name = "commands"
  }
  rule {
    api_groups = [""]
    resources  = ["nodes/proxy"] # expect: KW415
    verbs      = ["get", "create"]
  }
}

resource "kubernetes_cluster_role_binding" "commands" {
  metadata {
    name = "commands"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = kubernetes_cluster_role.commands.metadata[0].name
  }
  subject {
    kind      = "ServiceAccount"
    name      = kubernetes_service_account.commands.metadata[0].name
    namespace = "ops"
  }
}
