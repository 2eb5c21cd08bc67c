provider "google" {
  project     = "p"
  credentials = file("account.json") # expect: KW102
}
