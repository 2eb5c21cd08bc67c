resource "aws_iam_role" "lambda_admin" {
  name               = "lambda-admin"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }] })
}

resource "aws_iam_role_policy_attachment" "lambda_admin" {
  role       = aws_iam_role.lambda_admin.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

resource "aws_iam_role" "other" {
  name               = "other"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "backup.amazonaws.com" } }] })
}

resource "aws_iam_role_policy_attachment" "other" {
  role       = aws_iam_role.other.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

# Two policies of which neither leads anywhere alone.
resource "aws_iam_role" "two" {
  name               = "two"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "two_a" {
  role = aws_iam_role.two.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:PassRole"], Resource = ["arn:aws:iam::123456789012:role/*"] }, # expect: KW411
    ]
  })
}

resource "aws_iam_role_policy" "two_b" {
  role = aws_iam_role.two.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["lambda:CreateFunction", "lambda:InvokeFunction"], Resource = ["arn:aws:lambda:eu-west-1:123456789012:function:*"] },
    ]
  })
}

# One role by reference.
resource "aws_iam_role" "one" {
  name               = "one"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "one" {
  role = aws_iam_role.one.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:PassRole"], Resource = aws_iam_role.lambda_admin.arn }, # expect: KW411
      { Effect = "Allow", Action = ["lambda:CreateFunction", "lambda:AddPermission"], Resource = "*" },
    ]
  })
}

# The same by its name, with the service that the condition lets through.
resource "aws_iam_role" "cond" {
  name               = "cond"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "cond" {
  role = aws_iam_role.cond.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:PassRole"], Resource = "arn:aws:iam::123456789012:role/lambda-*", Condition = { StringEquals = { "iam:PassedToService" = "lambda.amazonaws.com" } } }, # expect: KW411
      { Effect = "Allow", Action = ["lambda:CreateFunction", "lambda:Invoke*"], Resource = "*" },
    ]
  })
}

# Other services, all roles of the account.
resource "aws_iam_role" "p_ec2" {
  name               = "p-ec2"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "p_ec2" {
  role = aws_iam_role.p_ec2.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:PassRole", "ec2:RunInstances"], Resource = "*" }, # expect: KW411
    ]
  })
}

resource "aws_iam_role" "p_ecs" {
  name               = "p-ecs"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "p_ecs" {
  role = aws_iam_role.p_ecs.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:RunTask"], Resource = "*" }, # expect: KW411
    ]
  })
}

resource "aws_iam_role" "p_glue" {
  name               = "p-glue"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "p_glue" {
  role = aws_iam_role.p_glue.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:PassRole", "glue:CreateJob", "glue:StartJobRun"], Resource = "*" }, # expect: KW411
    ]
  })
}

resource "aws_iam_role" "p_cfn" {
  name               = "p-cfn"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "p_cfn" {
  role = aws_iam_role.p_cfn.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:PassRole", "cloudformation:CreateStack"], Resource = "*" }, # expect: KW411
    ]
  })
}

resource "aws_iam_role" "p_build" {
  name               = "p-build"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "p_build" {
  role = aws_iam_role.p_build.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:PassRole", "codebuild:CreateProject", "codebuild:StartBuild"], Resource = "*" }, # expect: KW411
    ]
  })
}

resource "aws_iam_role" "p_states" {
  name               = "p-states"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "p_states" {
  role = aws_iam_role.p_states.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:PassRole", "states:CreateStateMachine", "states:StartExecution"], Resource = "*" }, # expect: KW411
    ]
  })
}

resource "aws_iam_role" "p_sagemaker" {
  name               = "p-sagemaker"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}

resource "aws_iam_role_policy" "p_sagemaker" {
  role = aws_iam_role.p_sagemaker.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["iam:PassRole", "sagemaker:CreateNotebookInstance"], Resource = "*" }, # expect: KW411
    ]
  })
}

