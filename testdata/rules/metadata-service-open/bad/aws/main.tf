resource "aws_iam_role" "web" {
  name               = "web"
  assume_role_policy = "{}"
}

resource "aws_iam_instance_profile" "web" {
  role = aws_iam_role.web.name
}

# Says nothing, which is the same.
resource "aws_instance" "silent" { # expect: KW423
  ami                  = "ami-1"
  instance_type        = "t3.micro"
  iam_instance_profile = aws_iam_instance_profile.web.name
}

resource "aws_instance" "told" {
  ami                  = "ami-1"
  instance_type        = "t3.micro"
  iam_instance_profile = "elsewhere"
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "optional" # expect: KW423
  }
}

resource "aws_launch_template" "half" {
  iam_instance_profile {
    arn = aws_iam_instance_profile.web.arn
  }
  metadata_options { # expect: KW423
    http_endpoint = "enabled"
  }
}

resource "aws_instance" "far" {
  ami                  = "ami-1"
  instance_type        = "t3.micro"
  iam_instance_profile = aws_iam_instance_profile.web.name
  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 64 # expect: KW423
  }
}

resource "aws_launch_configuration" "old" { # expect: KW423
  image_id             = "ami-1"
  instance_type        = "t3.micro"
  iam_instance_profile = aws_iam_instance_profile.web.id
}

# Nodes have the role of their group.
resource "aws_launch_template" "nodes" { # expect: KW423
  name = "nodes"
}

resource "aws_eks_node_group" "nodes" {
  cluster_name  = "main"
  node_role_arn = aws_iam_role.web.arn
  subnet_ids    = ["subnet-1"]
  launch_template {
    id      = aws_launch_template.nodes.id
    version = "1"
  }
  scaling_config {
    desired_size = 1
    max_size     = 1
    min_size     = 1
  }
}
