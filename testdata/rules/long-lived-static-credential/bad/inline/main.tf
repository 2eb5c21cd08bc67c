resource "azuread_application" "ci" {
  display_name = "ci"
  password { # expect: KW107
    display_name = "pipeline"
    end_date     = "2027-01-01T00:00:00Z"
  }
}

# Too long as well, which another rule says.
resource "azuread_application" "batch" {
  display_name = "batch"
  password {
    display_name = "pipeline"
  }
}
