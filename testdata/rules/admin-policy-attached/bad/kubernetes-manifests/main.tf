resource "kubernetes_manifest" "ci_account" {
  manifest = {
    apiVersion = "v1"
    kind       = "ServiceAccount"
    metadata   = { name = "ci", namespace = "ci" }
  }
}

resource "kubernetes_manifest" "ci_binding" {
  manifest = {
    apiVersion = "rbac.authorization.k8s.io/v1"
    kind       = "ClusterRoleBinding"
    metadata   = { name = "ci" }
    roleRef = {
      apiGroup = "rbac.authorization.k8s.io"
      kind     = "ClusterRole"
      name     = "cluster-admin" # expect: KW201
    }
    subjects = [{ kind = "ServiceAccount", name = "ci", namespace = "ci" }]
  }
}

resource "kubernetes_manifest" "all" {
  manifest = {
    apiVersion = "rbac.authorization.k8s.io/v1"
    kind       = "ClusterRole"
    metadata   = { name = "all" }
    rules = [{
      apiGroups = ["*"] # expect: KW201
      resources = ["*"]
      verbs     = ["*"]
    }]
  }
}

resource "kubernetes_cluster_role_binding_v1" "all" {
  metadata {
    name = "all"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = "all"
  }
  subject {
    kind      = "ServiceAccount"
    name      = "robot"
    namespace = "robots"
  }
}

# Several objects in one text, and a name that is not known.
variable "namespace" {
  type = string
}

resource "kubectl_manifest" "operator" {
  yaml_body = <<-YAML
    apiVersion: v1
    kind: ServiceAccount
    metadata:
      name: operator
      namespace: ${var.namespace}
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRoleBinding
    metadata:
      name: operator
    roleRef:
      apiGroup: rbac.authorization.k8s.io
      kind: ClusterRole
      name: cluster-admin # expect: KW201
    subjects:
      - kind: ServiceAccount
        name: operator
        namespace: ${var.namespace}
  YAML
}

resource "kubectl_manifest" "agent" {
  yaml_body = <<-YAML
    kind: ClusterRoleBinding
    apiVersion: rbac.authorization.k8s.io/v1
    metadata: { name: agent }
    roleRef: { kind: ClusterRole, name: cluster-admin } # expect: KW201
    subjects: [{ kind: ServiceAccount, name: agent, namespace: agents }]
  YAML
}

resource "kubernetes_manifest" "from_file" { # expect: KW201
  manifest = yamldecode(file("${path.module}/binding.yaml"))
}
