variable "entry" {
  type = string
}

variable "region" {
  type = string
}

resource "aws_db_instance" "main" {
  identifier = "main-${var.region}"
  password   = var.entry
}

resource "aws_instance" "web" {
  ami       = "ami-1"
  user_data = file("${path.module}/boot.sh")
}

resource "aws_instance" "worker" {
  ami       = "ami-1"
  user_data = templatefile("${path.module}/worker.sh.tpl", { entry = "Tidal-Raven-19!" }) # expect: KW101
}

resource "google_compute_instance" "batch" {
  name                    = "batch"
  metadata_startup_script = <<-EOT
    #!/bin/sh
    export API_TOKEN="b7Xk92mQp4Zt8Lw3" # expect: KW101
    run
  EOT
}

resource "aws_launch_template" "pool" {
  name      = "pool"
  user_data = "IyEvYmluL3NoCmV4cG9ydCBEQl9QQVNTV09SRD0nR2xhY2llci1Td2lmdC02MicKc3RhcnQK" # expect: KW101
}
