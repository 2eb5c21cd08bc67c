resource "aws_iam_access_key" "deploy" {
  for_each = local.deploy_slots

  user    = "deploy"
  pgp_key = "keybase:acme"

  lifecycle {
    replace_triggered_by = [terraform_data.deploy_slot[each.key]]
  }
}

locals {
  deploy_generation = parseint(formatdate("YYYY", plantimestamp()), 10) * 12 + parseint(formatdate("M", plantimestamp()), 10)
  deploy_slots      = { a = floor((local.deploy_generation + 1) / 2), b = floor(local.deploy_generation / 2) }
}

resource "terraform_data" "deploy_slot" {
  for_each = local.deploy_slots

  input = each.value
}

resource "aws_iam_access_key" "gone" {
  user   = "gone"
  status = "Inactive"
}

resource "google_service_account_key" "uploaded" {
  service_account_id = "robot@acme.iam.gserviceaccount.com"
  public_key_data    = filebase64("robot.pem")
}

resource "time_rotating" "robot" {
  rotation_days = 60
}

resource "google_service_account_key" "renewed" {
  service_account_id = "robot@acme.iam.gserviceaccount.com"
  keepers            = { at = time_rotating.robot.id }
}
