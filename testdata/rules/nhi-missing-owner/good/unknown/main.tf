variable "tags" {
  type = map(string)
}

variable "team" {
  type = string
}

variable "user" {
  type = string
}

resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = "{}"
  tags               = var.tags
}

resource "aws_iam_role_policy_attachment" "app" {
  role       = aws_iam_role.app.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

resource "google_service_account" "etl" {
  account_id  = "etl"
  description = "Loads the warehouse, owned by ${var.team}"
}

resource "google_service_account_key" "etl" {
  service_account_id = google_service_account.etl.name
}

# Whoever that is may have an owner.
resource "aws_iam_access_key" "user" {
  user = var.user
}

resource "aws_iam_user" "looked_up_key" {
  name = "x"
  tags = module.label.tags
}

module "label" {
  source  = "cloudposse/label/null"
  version = "0.25.0"
}

resource "aws_iam_access_key" "looked_up" {
  user = data.aws_iam_user.other.user_name
}

data "aws_iam_user" "other" {
  user_name = "other"
}
