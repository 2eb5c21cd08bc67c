resource "azuread_application" "deploy" {
  display_name = "deploy"
}

resource "azuread_application_flexible_federated_identity_credential" "organization" {
  application_id             = azuread_application.deploy.id
  display_name               = "organization"
  audience                   = "api://AzureADTokenExchange"
  issuer                     = "https://token.actions.githubusercontent.com"
  claims_matching_expression = "claims['sub'] matches 'repo:acme/*'" # expect: KW302
}

resource "azuread_application_flexible_federated_identity_credential" "everybody" {
  application_id             = azuread_application.deploy.id
  display_name               = "everybody"
  audience                   = "api://AzureADTokenExchange"
  issuer                     = "https://token.actions.githubusercontent.com"
  claims_matching_expression = "claims['sub'] matches 'repo:*'" # expect: KW302
}

resource "azuread_application_federated_identity_credential" "literal" {
  application_id = azuread_application.deploy.id
  display_name   = "literal"
  audiences      = ["api://AzureADTokenExchange"]
  issuer         = "https://token.actions.githubusercontent.com"
  subject        = "repo:acme/*:ref:refs/heads/main" # expect: KW302
}
