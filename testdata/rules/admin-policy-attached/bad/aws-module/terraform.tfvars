policies = [
  "arn:aws:iam::aws:policy/AdministratorAccess", # expect: KW201
  "arn:aws:iam::aws:policy/ReadOnlyAccess",
]
