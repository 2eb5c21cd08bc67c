task_role_arn = "arn:aws:iam::111122223333:role/app"
runner        = "runner@acme-prod.iam.gserviceaccount.com"
identity      = { client_id = "4f1c2a9e-7b30-4d61-9a55-0c2d8e6f1b37" }
tenant_id     = "0d2d8f3a-51a4-4b0e-8f53-7c6a1e2b9d40"
boundary      = "arn:aws:iam::111122223333:policy/boundary"
