# What is to blame is written by the caller.
module "access" {
  source  = "./access"
  project = "acme"
  roles = {
    worker = ["roles/storage.objectViewer", "roles/iam.serviceAccountKeyAdmin"] # expect: KW413
    web    = ["roles/pubsub.publisher"]
  }
}
