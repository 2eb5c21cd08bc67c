resource "aws_iam_role" "pods" {
  name               = "pods"
  assume_role_policy = "{}"
}

resource "kubernetes_service_account_v1" "orders" {
  metadata {
    name = "orders"
    annotations = {
      "eks.amazonaws.com/role-arn" = aws_iam_role.pods.arn # expect: KW401
    }
  }
}

resource "kubernetes_manifest" "billing" {
  manifest = {
    apiVersion = "v1"
    kind       = "ServiceAccount"
    metadata = {
      name        = "billing"
      namespace   = "billing"
      annotations = { "eks.amazonaws.com/role-arn" = aws_iam_role.pods.arn } # expect: KW401
    }
  }
}

resource "helm_release" "shipping" {
  name  = "shipping"
  chart = "shipping"
  set {
    name  = "serviceAccount.annotations.eks\\.amazonaws\\.com/role-arn"
    value = aws_iam_role.pods.arn # expect: KW401
  }
}

resource "kubernetes_service_account" "queue" {
  metadata {
    name        = "queue"
    annotations = { "iam.gke.io/gcp-service-account" = "runner@acme-data.iam.gserviceaccount.com" } # expect: KW401
  }
}

resource "kubernetes_service_account" "mailer" {
  metadata {
    name        = "mailer"
    annotations = { "iam.gke.io/gcp-service-account" = "runner@acme-data.iam.gserviceaccount.com" } # expect: KW401
  }
}
