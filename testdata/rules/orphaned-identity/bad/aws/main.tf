data "aws_iam_policy_document" "lambda" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

# Nothing else speaks of it: it can be replaced by a removed block.
resource "aws_iam_role" "forgotten" { # expect: KW501
  name               = "forgotten"
  assume_role_policy = data.aws_iam_policy_document.lambda.json
}

# Permissions and tags are no use, nor is a profile that nothing uses.
resource "aws_iam_role" "retired" { # expect: KW501
  name               = "retired"
  assume_role_policy = data.aws_iam_policy_document.lambda.json
}

resource "aws_iam_instance_profile" "retired" {
  name = "retired"
  role = aws_iam_role.retired.name
}

resource "aws_iam_role_policy_attachment" "retired" {
  role       = aws_iam_role.retired.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

resource "aws_iam_user" "nobody" { # expect: KW501
  name = "nobody"
}

# Not read by anybody.
module "worker" {
  source = "./worker"
}

resource "aws_lambda_function" "other" {
  function_name = "other"
  role          = "arn:aws:iam::111122223333:role/other"
  # role        = aws_iam_role.forgotten_too.arn
}

resource "aws_iam_role" "forgotten_too" { # expect: KW501
  name               = "forgotten-too"
  assume_role_policy = data.aws_iam_policy_document.lambda.json
}
