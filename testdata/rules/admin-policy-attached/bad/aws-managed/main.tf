data "aws_iam_policy_document" "ec2" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "worker" {
  name               = "worker"
  assume_role_policy = data.aws_iam_policy_document.ec2.json
}

resource "aws_iam_instance_profile" "worker" {
  role = aws_iam_role.worker.name
}

resource "aws_instance" "worker" {
  ami                  = "ami-1"
  instance_type        = "t3.small"
  iam_instance_profile = aws_iam_instance_profile.worker.name
}

resource "aws_iam_role_policy_attachment" "worker" {
  role       = aws_iam_role.worker.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess" # expect: KW201
}

resource "aws_iam_role_policy_attachment" "logs" {
  role       = aws_iam_role.worker.name
  policy_arn = "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"
}

# A role that is declared elsewhere.
resource "aws_iam_role_policy_attachment" "elsewhere" {
  role       = "legacy"
  policy_arn = "arn:aws:iam::aws:policy/PowerUserAccess" # expect: KW201
}

variable "role_name" {
  type = string
}

data "aws_partition" "current" {}

resource "aws_iam_role_policy_attachment" "unknown" {
  role       = var.role_name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/AdministratorAccess" # expect: KW201
}

data "aws_iam_policy" "power" {
  name = "PowerUserAccess"
}

resource "aws_iam_user" "ci" {
  name = "ci"
}

resource "aws_iam_user_policy_attachment" "ci" {
  user       = aws_iam_user.ci.name
  policy_arn = data.aws_iam_policy.power.arn # expect: KW201
}
