terraform {
  backend "azurerm" {
    storage_account_name = "state"
    container_name       = "state"
    key                  = "app"
    access_key           = "q3Jm8Zt2Kp5Xv9Ld4Rw7Hy1Nf6Gb0Tc3Se8Ua5Oi2Qx7Wz4Vm9Bq3Jm8Zt2Kp5Xv9Ld4Rw7Hy1Nf6Gb0Tw==" # expect: KW102
  }
}
