# People, things of the cloud itself, and values that become a credential elsewhere.
resource "aws_iam_service_linked_role" "es" {
  aws_service_name = "es.amazonaws.com"
}

resource "aws_ssoadmin_permission_set" "admin" {
  name         = "admin"
  instance_arn = "arn:aws:sso:::instance/ssoins-1"
}

resource "random_password" "db" {
  length = 32
}

resource "tls_private_key" "ca" {
  algorithm = "ED25519"
}

data "aws_iam_role" "admin" {
  name = "admin"
}

resource "aws_iam_role_policy_attachment" "admin" {
  role       = data.aws_iam_role.admin.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}

resource "aws_iam_access_key" "off" {
  user   = "old"
  status = "Inactive"
}
