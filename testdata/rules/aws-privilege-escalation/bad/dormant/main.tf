# Nothing attaches it.
resource "aws_iam_policy" "lone" {
  name   = "lone"
  policy = <<-JSON
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Action": ["iam:PassRole", "ec2:RunInstances"], "Sid": "expect: KW411 ",
          "Resource": "*"
        }
      ]
    }
  JSON
}

data "aws_iam_policy_document" "lone" {
  statement {
    actions   = ["iam:CreateAccessKey"] # expect: KW411
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "used" {
  statement {
    actions   = ["iam:PutUserPolicy"] # expect: KW411
    resources = ["*"]
  }
}

# It is judged here, once.
resource "aws_iam_policy" "used" {
  name   = "used"
  policy = data.aws_iam_policy_document.used.json
}
