resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = "{}"
}

resource "aws_iam_instance_profile" "app" {
  role = aws_iam_role.app.name
}

# What is left once tokens are asked for is no other problem.
resource "aws_instance" "app" {
  ami                  = "ami-12345678"
  iam_instance_profile = aws_iam_instance_profile.app.name

  metadata_options {
    http_tokens                 = "optional" # expect: KW423
    http_put_response_hop_limit = "3"
  }
}
