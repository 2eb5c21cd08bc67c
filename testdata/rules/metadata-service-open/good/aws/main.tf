# Without a role there is nothing to get.
resource "aws_instance" "bare" {
  ami           = "ami-1"
  instance_type = "t3.micro"
}

resource "aws_instance" "asks" {
  ami                  = "ami-1"
  instance_type        = "t3.micro"
  iam_instance_profile = "web"
  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
}

resource "aws_launch_template" "off" {
  iam_instance_profile {
    name = "web"
  }
  metadata_options {
    http_endpoint = "disabled"
  }
}

variable "tokens" {
  type = string
}

resource "aws_instance" "unknown" {
  ami                  = "ami-1"
  instance_type        = "t3.micro"
  iam_instance_profile = "web"
  metadata_options {
    http_tokens = var.tokens
  }
}

resource "google_container_node_pool" "main" {
  cluster = "main"
  node_config {
    service_account = "nodes@p.iam.gserviceaccount.com"
    workload_metadata_config {
      mode = "GKE_METADATA"
    }
  }
}
