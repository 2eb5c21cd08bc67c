# Known by its name alone: the strict persona sees it.
module "database" {
  source          = "example.com/acme/database/any"
  master_password = "b7Xk92mQp4Zt8Lw3" # expect: KW101
}

output "token" {
  value = "Jb7Xk92mQp4Zt8Lw3vR6" # expect: KW101
}
