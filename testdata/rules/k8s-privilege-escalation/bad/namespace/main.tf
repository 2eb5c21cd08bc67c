# A namespace in which one service account is stronger than the other.
resource "kubernetes_service_account" "runner" {
  metadata {
    name      = "runner"
    namespace = "ci"
  }
}

resource "kubernetes_service_account" "deployer" {
  metadata {
    name      = "deployer"
    namespace = "ci"
  }
}

resource "kubernetes_cluster_role_binding" "deployer" {
  metadata {
    name = "deployer"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = "cluster-admin"
  }
  subject {
    kind      = "ServiceAccount"
    name      = kubernetes_service_account.deployer.metadata[0].name
    namespace = "ci"
  }
}

resource "kubernetes_role" "runner" {
  metadata {
    name      = "runner"
    namespace = "ci"
  }
  rule {
    api_groups = [""]
    resources  = ["pods"] # expect: KW415
    verbs      = ["get", "create", "delete"]
  }
}

resource "kubernetes_role_binding" "runner" {
  metadata {
    name      = "runner"
    namespace = "ci"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Role"
    name      = kubernetes_role.runner.metadata[0].name
  }
  subject {
    kind      = "ServiceAccount"
    name      = kubernetes_service_account.runner.metadata[0].name
    namespace = "ci"
  }
}

# Secrets of one namespace: for strict readers.
resource "kubernetes_role" "reader" {
  metadata {
    name      = "reader"
    namespace = "web"
  }
  rule {
    api_groups = [""]
    resources  = ["secrets"] # expect: KW415
    verbs      = ["get"]
  }
}

resource "kubernetes_role_binding" "reader" {
  metadata {
    name      = "reader"
    namespace = "web"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Role"
    name      = "reader"
  }
  subject {
    kind      = "ServiceAccount"
    name      = "reader"
    namespace = "web"
  }
}
