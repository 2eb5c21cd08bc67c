task_role_arn = "arn:aws:iam::444455556666:role/app"
runner        = "runner@acme-dev.iam.gserviceaccount.com"
identity      = { client_id = "9b7e4d10-3c52-4f8e-a1d6-5e0f7c2b8a94" }
tenant_id     = "0d2d8f3a-51a4-4b0e-8f53-7c6a1e2b9d40"
boundary      = "arn:aws:iam::111122223333:policy/boundary"
