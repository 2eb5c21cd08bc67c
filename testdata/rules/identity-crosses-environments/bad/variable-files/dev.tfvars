task_role_arn = "arn:aws:iam::111122223333:role/app" # expect: KW403
runner        = "runner@acme-data.iam.gserviceaccount.com" # expect: KW403
identity      = { client_id = "4f1c2a9e-7b30-4d61-9a55-0c2d8e6f1b37" } # expect: KW403
