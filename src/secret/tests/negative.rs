use super::ids;
use super::make::{BASE64, HEX, base64, pem, random};

/// What stands behind names in real configuration and is no secret.
const UNDER_NAMES: &[(&str, &str)] = &[
    ("ami", "ami-0c55b159cbfafe1f0"),
    ("role_arn", "arn:aws:iam::123456789012:role/ci-deploy"),
    ("policy_arn", "arn:aws:iam::aws:policy/AdministratorAccess"),
    ("kms_key_id", "arn:aws:kms:eu-west-1:123456789012:key/8f2c6c3a-7d1e-4d0a-9c55-0f3f0a1b2c3d"),
    ("kms_key_id", "8f2c6c3a-7d1e-4d0a-9c55-0f3f0a1b2c3d"),
    ("encryption_key", "arn:aws:kms:eu-west-1:123456789012:alias/app"),
    ("master_key", "projects/p/locations/global/keyRings/r/cryptoKeys/k"),
    ("subscription_id", "0b1f6471-1bf0-4dda-aec3-cb9272f09590"),
    ("client_id", "0b1f6471-1bf0-4dda-aec3-cb9272f09590"),
    ("secret_id", "0b1f6471-1bf0-4dda-aec3-cb9272f09590"),
    ("tenant_id", "00000000-0000-0000-0000-000000000000"),
    ("client_secret", "00000000-0000-0000-0000-000000000000"),
    ("ref", "9fceb02d0ae598e95dc970b74767f19372d61af8"),
    ("source_code_hash", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("image", "nginx@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("etag", "d41d8cd98f00b204e9800998ecf8427e"),
    ("source_code_hash", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
    ("thumbprint_list", "6938fd4d98bab03faadb97b34396831e3780aea1"),
    ("thumbprint", "9E:99:A4:8A:99:60:B1:49:26:BB:7F:3B:02:E2:2D:A2:B0:AB:72:80"),
    ("region", "eu-west-1"),
    ("availability_zone", "us-east-1a"),
    ("instance_type", "m5.2xlarge"),
    ("secret_name", "prod/app/database"),
    ("secret", "prod/app/database"),
    ("secret", "my-secret-name"),
    ("existing_secret", "grafana-admin-credentials"),
    ("client_secret", "oidc-client-secret"),
    ("api_key", "datadog-api-key"),
    ("token", "gitlab-runner-token"),
    ("token", "write"),
    ("id_token", "write"),
    ("auth_token", "/prod/redis/auth_token"),
    ("password", "/prod/db/master/password"),
    ("password", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"),
    ("password", "${var.db_password}"),
    ("password", "var.db_password"),
    ("password", "data.aws_ssm_parameter.db.value"),
    ("password", "random_password.db.result"),
    ("password", "local.password"),
    ("password", "module.db.password"),
    ("password", "$DB_PASSWORD"),
    ("password", "${DB_PASSWORD}"),
    ("password", "$(aws ssm get-parameter --name x)"),
    ("password", "{{ .Values.password }}"),
    ("password", "{{resolve:secretsmanager:db:SecretString:password}}"),
    ("password", "%DB_PASSWORD%"),
    ("password", "<password>"),
    ("password", "<your password>"),
    ("password", "[REDACTED]"),
    ("password", "CHANGEME"),
    ("password", "ChangeMe123!"),
    ("password", "change-me-please"),
    ("password", "changeit"),
    ("password", "your-password"),
    ("password", "your_password_here"),
    ("password", "YOUR_DB_PASSWORD"),
    ("password", "example"),
    ("password", "ExamplePassword1"),
    ("password", "dummy"),
    ("password", "dummy-password"),
    ("password", "placeholder"),
    ("password", "REPLACE_ME"),
    ("password", "replace-with-real"),
    ("password", "********"),
    ("password", "xxxxxxxx"),
    ("password", "XXXX-XXXX"),
    ("password", "1234567890"),
    ("password", "12345678"),
    ("password", "abcdefghij"),
    ("password", "aaaaaaaa"),
    ("password", "00000000"),
    ("password", "TODO"),
    ("password", "none"),
    ("password", "null"),
    ("password", "n/a"),
    ("password", ""),
    ("password", "   "),
    ("password", "true"),
    ("password", "test"),
    ("password", "fake-password"),
    ("password", "not-set"),
    ("password", "to-be-filled-later"),
    ("password", "managed-by-vault"),
    ("password", "The password of the database user"),
    ("password", "../secrets/db.txt"),
    ("password", "./password.txt"),
    ("password", "op://vault/item/password"),
    ("password", "vault:secret/data/db#password"),
    ("password", "ref+awsssm://db/password"),
    ("password", "ENC[AES256_GCM,data:abcd,iv:efgh,tag:ijkl,type:str]"),
    ("password", "!Ref DbPassword"),
    ("password", "lookup(var.passwords, \"db\")"),
    ("password", "file(\"password.txt\")"),
    ("credentials", "/home/ci/.config/gcloud/application_default_credentials.json"),
    ("credentials", "~/.aws/credentials"),
    ("credentials", "account.json"),
    ("credentials", "dockerhub-credentials"),
    ("private_key", "~/.ssh/id_rsa"),
    ("private_key", "${path.module}/key.pem"),
    ("private_key", "keys/deploy.pem"),
    ("api_key", "${data.vault_generic_secret.k.data[\"key\"]}"),
    ("api_key", "https://api.example.org/v1/keys"),
    ("token", "https://token.actions.githubusercontent.com"),
    ("token", "sts.amazonaws.com"),
    ("token", "AWSCURRENT"),
    ("token", "Bearer"),
    ("secret", "kubernetes.io/service-account-token"),
    ("secret", "SecureString"),
    ("secret_key", "AWS_SECRET_ACCESS_KEY"),
    ("access_key", "AKIAIOSFODNN7EXAMPLE"),
    ("access_key", "Name"),
    ("session_key", "client_ip"),
    ("shared_key", "shared/terraform.tfstate"),
    ("token", "1.2.3"),
    ("token", "2024-01-31"),
    ("token", "10.0.0.0/16"),
    ("token", "3600"),
    ("connection_string", "broker-1.kafka.internal:9092,broker-2.kafka.internal:9092"),
    ("connection_string", "Server=tcp:db.database.windows.net;Authentication=Active Directory Default"),
    ("api_token", "svc@company.org"),
    ("auth_token", "AQICAHhKz0u1h8lTq2v7Y1bC2dE3fG4hI5jK6lM7nO8pQ9r"),
    ("key", "terraform/state/prod.tfstate"),
    ("public_key", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQDJk2l0fX9 user@host"),
    ("ssh_key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEl6pQ0xN7 user@host"),
    ("description", "Password for the database, rotated every 30 days"),
    ("description", "The secret: stored in the vault"),
    ("name", "password"),
    ("pattern", "^[A-Za-z0-9]{20,40}$"),
    ("color", "#ff00aa"),
    ("style", ".password { color: #334455; content: \"token\" }"),
    ("schema", "{\"type\":\"object\",\"properties\":{\"password\":{\"type\":\"string\",\"minLength\":8}}}"),
    ("schema", "{\"required\":[\"password\",\"token\"],\"secret\":true}"),
    ("policy", "{\"Action\":[\"secretsmanager:GetSecretValue\"],\"Resource\":\"*\"}"),
    ("condition", "token.actions.githubusercontent.com:sub"),
    ("user_data", "password = var.db_password\ntoken = local.token\n"),
    ("user_data", "export DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id db)"),
    ("user_data", "export DB_PASSWORD=\"$DB_PASSWORD\""),
    ("user_data", "export DB_PASSWORD=${DB_PASSWORD:-}"),
    ("user_data", "export TOKEN=`cat /run/token`"),
    ("user_data", "mysql -u root --password=$PASS"),
    ("user_data", "client --token \"$TOKEN\""),
    ("user_data", "TOKEN=$(curl -X PUT http://169.254.169.254/latest/api/token)"),
    ("user_data", "token: ${token}\npassword: {{ password }}\n"),
    ("user_data", "password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n"),
    ("user_data", "password: changeme"),
    ("user_data", "# the password: see the runbook\n"),
    ("user_data", "echo \"Password: must have eight characters\""),
    ("user_data", "secretKeyRef:\n  name: db-credentials\n  key: password\n"),
    ("user_data", "- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      name: db\n"),
    (
        "user_data",
        "[{\"name\":\"DB_PASSWORD\",\"valueFrom\":\"arn:aws:ssm:eu-west-1:123456789012:parameter/db\"}]",
    ),
    ("user_data", "[{\"name\":\"DB_PASSWORD\",\"value\":\"${password}\"}]"),
    ("user_data", "password = os.environ['DB_PASSWORD']"),
    ("user_data", "const token = process.env.TOKEN;"),
    ("user_data", "token = get_token(client)\n"),
    ("user_data", "self.password = password\n"),
    ("user_data", "if password == \"letmein\": pass\n"),
    ("user_data", "permissions:\n  id-token: write\n  contents: read\n"),
    ("user_data", "aws_secret_access_key = ${secret}\naws_access_key_id = ${id}\n"),
    ("user_data", "url: postgres://app:${password}@db:5432/app"),
    ("user_data", "url: postgres://app:$PASSWORD@db:5432/app"),
    ("user_data", "url: postgres://<user>:<password>@<host>/app"),
    ("user_data", "url: https://db.internal:5432/app@v2"),
    ("user_data", "git clone git@github.com:org/repo.git"),
    ("source", "git::https://github.com/org/repo.git//modules/vpc?ref=v1.2.3"),
    ("source", "git::ssh://git@github.com/org/repo.git?ref=9fceb02d0ae598e95dc970b74767f19372d61af8"),
    ("endpoint", "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"),
    ("bucket", "my-company-akia-logs"),
    ("log_group", "/aws/lambda/token-refresher"),
    ("alias", "alias/secrets"),
    ("value", "vpc-0a1b2c3d4e5f67890"),
    ("value", "subnet-0bb1c79de3EXAMPLE"),
    ("zone_id", "Z2FDTNDATAQYW2"),
    ("distribution", "E1A2B3C4D5E6F7"),
    ("canonical_user", "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"),
    ("key_algorithm", "RSA_2048"),
    ("signing_key", "ECC_NIST_P256"),
    ("token", "AmazonSSMManagedInstanceCore"),
    ("license_key", "LicenseRequired"),
];

#[test]
fn ordinary_values_are_silent() {
    assert!(UNDER_NAMES.len() >= 150, "{}", UNDER_NAMES.len());
    let loud: Vec<_> = UNDER_NAMES
        .iter()
        .map(|(name, text)| (name, text, ids(text, Some(name))))
        .filter(|(_, _, found)| !found.is_empty())
        .collect();
    assert!(loud.is_empty(), "{loud:#?}");
}

#[test]
fn public_material_is_silent() {
    for label in
        ["CERTIFICATE", "PUBLIC KEY", "RSA PUBLIC KEY", "PGP PUBLIC KEY BLOCK", "CERTIFICATE REQUEST"]
    {
        let text = pem(label, 3000);
        assert!(ids(&text, Some("certificate_body")).is_empty(), "{label}");
        assert!(ids(&base64(&text), Some("certificate_authority")).is_empty(), "{label}");
    }
    for seed in 0..200 {
        let blob = random(4000, BASE64, seed);
        assert!(ids(&blob, Some("content")).is_empty(), "{seed}");
        let digest = random(64, HEX, seed);
        assert!(ids(&digest, Some("source_hash")).is_empty(), "{seed}");
        assert!(ids(&format!("ssh-rsa AAAA{}", &blob[..368]), Some("public_key")).is_empty(), "{seed}");
        assert!(ids(&digest[..40], Some("commit")).is_empty(), "{seed}");
    }
}

#[test]
fn the_key_of_the_aws_documentation_is_silent() {
    let secret = ["wJalrXUtnFEMI", "K7MDENG", "bPxRfiCYEXAMPLEKEY"].join("/");
    assert!(ids(&secret, Some("aws_secret_access_key")).is_empty());
    assert!(ids(&format!("aws_secret_access_key = {secret}"), None).is_empty());
}
