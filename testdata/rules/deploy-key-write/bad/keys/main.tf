resource "github_repository_deploy_key" "cd" {
  title      = "cd"
  repository = "app"
  key        = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOne one"
  read_only  = false # expect: KW122
}

resource "gitlab_deploy_key" "cd" {
  title    = "cd"
  project  = "group/app"
  key      = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAITwo"
  can_push = true # expect: KW122
}

resource "tls_private_key" "shared" {
  algorithm = "ED25519"
}

resource "github_repository_deploy_key" "many" {
  for_each   = toset(["a", "b"])
  title      = "many"
  repository = each.key
  key        = tls_private_key.shared.public_key_openssh # expect: KW122
  read_only  = true
}
