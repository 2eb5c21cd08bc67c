resource "kubernetes_role_binding_v1" "own_namespace" {
  metadata {
    name      = "app"
    namespace = "app"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = "cluster-admin"
  }
  subject {
    kind      = "ServiceAccount"
    name      = "app"
    namespace = "app"
  }
}

resource "kubernetes_cluster_role_binding_v1" "view" {
  metadata {
    name = "view"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = "view"
  }
  subject {
    kind      = "ServiceAccount"
    name      = "app"
    namespace = "app"
  }
}

resource "aws_eks_access_policy_association" "namespace" {
  cluster_name  = "main"
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminPolicy"
  principal_arn = "arn:aws:iam::123456789012:role/app"
  access_scope {
    type       = "namespace"
    namespaces = ["app"]
  }
}

resource "vault_policy" "app" {
  name   = "app"
  policy = <<-EOT
    path "secret/data/app/*" {
      capabilities = ["create", "update", "read"]
    }
    path "*" {
      capabilities = ["deny"]
    }
  EOT
}

resource "vault_approle_auth_backend_role" "app" {
  role_name      = "app"
  token_policies = [vault_policy.app.name]
}
