resource "kubernetes_service_account_v1" "ci" {
  metadata {
    name      = "ci"
    namespace = "ci"
  }
}

resource "kubernetes_cluster_role_binding_v1" "ci" {
  metadata {
    name = "ci"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = "cluster-admin" # expect: KW201
  }
  subject {
    kind      = "ServiceAccount"
    name      = kubernetes_service_account_v1.ci.metadata[0].name
    namespace = "ci"
  }
}

resource "kubernetes_cluster_role" "all" {
  metadata {
    name = "all"
  }
  rule {
    api_groups = ["*"] # expect: KW201
    resources  = ["*"]
    verbs      = ["*"]
  }
}

resource "kubernetes_cluster_role_binding" "all" {
  metadata {
    name = "all"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = kubernetes_cluster_role.all.metadata[0].name
  }
  subject {
    kind      = "Group"
    name      = "system:serviceaccounts"
    api_group = "rbac.authorization.k8s.io"
  }
}

resource "aws_eks_access_policy_association" "ci" {
  cluster_name  = "main"
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy" # expect: KW201
  principal_arn = "arn:aws:iam::123456789012:role/ci"
  access_scope {
    type = "cluster"
  }
}
