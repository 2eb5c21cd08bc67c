db_password = "kT9-wQ2!mZ7vLp4x" # expect: KW403
