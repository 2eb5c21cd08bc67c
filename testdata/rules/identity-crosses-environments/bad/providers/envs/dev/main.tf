provider "aws" {
  region = "eu-west-1"
  assume_role {
    role_arn = "arn:aws:iam::111122223333:role/terraform" # expect: KW403
  }
}

provider "google" {
  project                     = "acme"
  impersonate_service_account = "terraform@acme.iam.gserviceaccount.com" # expect: KW403
}

# One registry for all of them.
provider "aws" {
  alias = "images"
  assume_role {
    role_arn = "arn:aws:iam::777788889999:role/images" # expect: KW403
  }
}
