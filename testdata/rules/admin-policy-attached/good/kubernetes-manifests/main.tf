resource "kubectl_manifest" "reader" {
  yaml_body = <<-YAML
    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRole
    metadata:
      name: reader
    rules:
      - apiGroups: [""]
        resources: ["pods"]
        verbs: ["get", "list"]
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRoleBinding
    metadata:
      name: reader
    roleRef:
      kind: ClusterRole
      name: reader
    subjects:
      - kind: ServiceAccount
        name: reader
        namespace: apps
    ---
    not: [closed
  YAML
}

resource "kubernetes_manifest" "team" {
  manifest = {
    apiVersion = "rbac.authorization.k8s.io/v1"
    kind       = "RoleBinding"
    metadata   = { name = "team", namespace = "team" }
    roleRef    = { kind = "ClusterRole", name = "edit" }
    subjects   = [{ kind = "ServiceAccount", name = "deploy", namespace = "team" }]
  }
}

resource "kubernetes_manifest" "other" {
  manifest = {
    apiVersion = "example.com/v1"
    kind       = "Thing"
    roleRef    = { kind = "ClusterRole", name = "cluster-admin" }
  }
}
