resource "github_repository_deploy_key" "cd" {
  title      = "cd"
  repository = "app"
  key        = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOne"
  read_only  = true
}

resource "gitlab_deploy_key" "cd" {
  title   = "cd"
  project = "group/app"
  key     = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAITwo"
}

variable "read_only" {
  type = bool
}

resource "github_repository_deploy_key" "unknown" {
  title      = "unknown"
  repository = "lib"
  key        = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIThree"
  read_only  = var.read_only
}
