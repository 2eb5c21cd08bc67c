# A skip with a last day, one of a check that is not about identities, and text that is no comment.
data "aws_iam_policy_document" "read" {
  # checkov:skip=CKV_AWS_18: logs are elsewhere
  statement {
    #trivy:ignore:AVD-AWS-0057:exp:2027-01-31
    sid       = "checkov:skip=CKV_AWS_356"
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::reports/*"]
  }
}
