data "github_repositories" "all" {
  query = "org:acme archived:false"
}

resource "github_app_installation_repositories" "scanner" {
  installation_id       = "1234567"
  selected_repositories = data.github_repositories.all.names # expect: KW306
}
