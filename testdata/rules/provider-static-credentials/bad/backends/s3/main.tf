terraform {
  backend "s3" {
    bucket     = "state"
    key        = "app"
    region     = "eu-west-1"
    access_key = "AKIAQ4XN7JZ2LPWT6VRH"
    secret_key = "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" # expect: KW102
  }
}
