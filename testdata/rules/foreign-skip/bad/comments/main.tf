data "aws_iam_policy_document" "read" {
  # checkov:skip=CKV_AWS_356:the service names its objects itself expect: KW904
  statement {
    #tfsec:ignore:aws-iam-no-policy-wildcards expect: KW904
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::reports/*"]
  }
}
