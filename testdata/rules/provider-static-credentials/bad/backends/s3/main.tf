terraform {
  backend "s3" {
    bucket     = "state"
    key        = "app"
    region     = "eu-west-1"
    secret_key = "kestrel-Harbour-71-meadow" # expect: KW102
  }
}
