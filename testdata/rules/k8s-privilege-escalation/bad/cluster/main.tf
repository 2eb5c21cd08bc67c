resource "kubernetes_service_account" "agent" {
  metadata {
    name      = "agent"
    namespace = "ops"
  }
}

# Several of them in one role: what is worst is named for each rule.
resource "kubernetes_cluster_role" "agent" {
  metadata {
    name = "agent"
  }
  rule {
    api_groups = [""]
    resources  = ["configmaps", "secrets"] # expect: KW415
    verbs      = ["get", "list", "watch"]
  }
  rule {
    api_groups = ["rbac.authorization.k8s.io"]
    resources  = ["clusterroles"] # expect: KW415
    verbs      = ["get", "bind"]
  }
  rule {
    api_groups = ["apps"]
    resources  = ["deployments"] # expect: KW415
    verbs      = ["get", "create", "update"]
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
    name      = kubernetes_service_account.agent.metadata[0].name
    namespace = "ops"
  }
}

# By names, with a wildcard, for an account that is not declared here.
resource "kubernetes_cluster_role_v1" "tokens" {
  metadata {
    name = "tokens"
  }
  rule {
    api_groups = [""]
    resources  = ["serviceaccounts/token"] # expect: KW415
    verbs      = ["*"]
  }
}

resource "kubernetes_cluster_role_binding_v1" "tokens" {
  metadata {
    name = "tokens"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = "tokens"
  }
  subject {
    kind      = "ServiceAccount"
    name      = "minter"
    namespace = "ops"
  }
}

# An aggregated role has what others say.
resource "kubernetes_cluster_role" "all" {
  metadata {
    name = "all"
  }
  aggregation_rule {
    cluster_role_selectors {
      match_labels = { "acme.example/aggregate-to-all" = "true" }
    }
  }
}

resource "kubernetes_cluster_role" "part" {
  metadata {
    name   = "part"
    labels = { "acme.example/aggregate-to-all" = "true" }
  }
  rule {
    api_groups = [""]
    resources  = ["pods/exec"] # expect: KW415
    verbs      = ["create"]
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
    kind      = "ServiceAccount"
    name      = "all"
    namespace = "ops"
  }
}

# Nobody has it yet.
resource "kubernetes_cluster_role" "loose" {
  metadata {
    name = "loose"
  }
  rule {
    api_groups = [""]
    resources  = ["users"] # expect: KW415
    verbs      = ["impersonate"]
  }
}
