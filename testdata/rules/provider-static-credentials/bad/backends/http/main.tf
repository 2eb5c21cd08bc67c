terraform {
  backend "http" {
    address  = "https://state.internal.acme.io/app"
    username = "terraform"
    password = "Mossy-Lantern-48" # expect: KW102
  }
}
