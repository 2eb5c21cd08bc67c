locals {
  word   = "kestrel-Harbour-71" # expect: KW101
  shared = { engine = "postgres", entry = "Quiet-Meadow-55" } # expect: KW101
  merged = merge(local.shared, { size = "small" })
}

variable "handed_in" {
  type = string
}

variable "fallback" {
  type    = string
  default = "Amber-Falcon-31" # expect: KW101
}

resource "aws_db_instance" "first" {
  count      = 2
  identifier = "db-${count.index}"
  password   = local.word
}

resource "aws_rds_cluster" "second" {
  cluster_identifier = "second"
  master_password    = local.merged.entry
}

resource "aws_docdb_cluster" "third" {
  cluster_identifier = "third"
  master_password    = format("%s", var.fallback)
}

module "db" {
  source = "./modules/db"
  entry  = "Copper-Lynx-64" # expect: KW101
}

resource "aws_redshift_cluster" "fourth" {
  cluster_identifier = "fourth"
  master_password    = var.handed_in
}

locals {
  piece = "Rz4Tq9Wm" # expect: KW101
}

resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = "arn:aws:iam::123456789012:role/f"
  environment {
    variables = { TARGET = "postgres://app:${local.piece}@db.internal.acme.io/app" }
  }
}

locals {
  encoded_entry = "Silver-Otter-27" # expect: KW101
}

resource "azurerm_windows_virtual_machine" "w" {
  name           = "w"
  admin_password = base64encode(local.encoded_entry)
}
