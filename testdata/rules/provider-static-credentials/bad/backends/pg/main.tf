terraform {
  backend "pg" {
    conn_str = "postgres://terraform:kX92mQp4Zt8L@state.internal.acme.io/terraform" # expect: KW102
  }
}
