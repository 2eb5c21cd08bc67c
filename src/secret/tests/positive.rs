use super::super::blob::entropy;
use super::super::format::{by_id, formats};
use super::super::*;
use super::make::{BASE62, BASE64, HEX, base64, jwt, pem, random, tokens};
use jiff::civil::date;

/// Formats that need more than their own shape; each has a test of its own.
const SPECIAL: &[&str] = &[
    "private-key-pem",
    "pgp-private-key",
    "gcp-service-account-json",
    "kubernetes-service-account-jwt",
    "jwt",
    "url-credentials",
    "named-attribute",
    "azure-sas-url",
    "basic-auth-header",
    "aws-secret-access-key",
    "pagerduty-named",
    "bearer-header",
];

fn found(text: &str, context: &Context<'_>) -> Vec<String> {
    scan(text, context).into_iter().map(|found| found.format.id.clone()).collect()
}

#[test]
fn every_format_is_found_in_what_it_describes() {
    let mut samples = 0;
    let mut missed = Vec::new();
    for format in formats().iter().filter(|format| !SPECIAL.contains(&format.id.as_str())) {
        let name = format.near.first().map_or("value".to_owned(), |word| format!("{word}_private_key"));
        let name = if format.id == "launchdarkly-token" { "launchdarkly_api_key".to_owned() } else { name };
        for token in tokens(format, 3) {
            if format.entropy.is_some_and(|least| entropy(&token) < least) {
                continue;
            }
            samples += 1;
            let context = Context { name: Some(&name), ..Context::default() };
            let all = scan(&token, &context);
            let [only] = all.as_slice() else {
                missed.push(format!("{}: {} in {token}", format.id, all.len()));
                continue;
            };
            if !same(&only.format.id, &format.id) {
                missed.push(format!("{} is taken for {}: {token}", format.id, only.format.id));
            }
            assert!(only.confidence >= Level::Medium || only.identifier_only, "{}", format.id);
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    assert!(samples >= 380, "{samples}");
}

/// Formats of one provider whose shapes coincide.
fn same(found: &str, wanted: &str) -> bool {
    found == wanted
        || (found.starts_with("azure-") && wanted.starts_with("azure-"))
        || (found.starts_with("new-relic") && wanted.starts_with("new-relic"))
}

#[test]
fn a_token_is_found_in_a_document_too() {
    let mut missed = Vec::new();
    for format in formats().iter().filter(|format| {
        format.confidence == Level::High && !SPECIAL.contains(&format.id.as_str()) && format.near.is_empty()
    }) {
        let token = tokens(format, 1).remove(0);
        let document = format!("#!/bin/bash\n# deploy\nexport ENDPOINT=\"{token}\"\n./run --fast\n");
        let all = scan(&document, &Context::default());
        if all.len() != 1 {
            missed.push(format!("{} {token}", format.id));
            continue;
        }
        assert!(document[all[0].start..all[0].end].len() <= token.len(), "{}", format.id);
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn an_aws_secret_needs_its_name_or_its_key_id() {
    let secret = random(40, BASE64, 3);
    let id = tokens(by_id("aws-access-key-id"), 1).remove(0);
    let named = Context { name: Some("secret_access_key"), ..Context::default() };
    assert_eq!(found(&secret, &named), ["aws-secret-access-key"]);
    let beside = Context { name: Some("something"), neighbours: Some(&id), ..Context::default() };
    assert_eq!(found(&secret, &beside), ["aws-secret-access-key"]);
    assert!(found(&secret, &Context::default()).is_empty());
    let near = format!("id: {id}\nother: {secret}\n");
    assert_eq!(found(&near, &Context::default()), ["aws-access-key-id", "aws-secret-access-key"]);
    let far = format!("id: {id}\n\n\n\n\n\n\nother: {secret}\n");
    assert_eq!(found(&far, &Context::default()), ["aws-access-key-id"]);
}

#[test]
fn a_private_key_needs_a_body() {
    for label in
        ["RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "DSA PRIVATE KEY"]
    {
        let key = pem(label, 800);
        assert_eq!(found(&key, &Context::default()), ["private-key-pem"], "{label}");
        let escaped = format!("{{\"key\": \"{}\"}}", key.replace('\n', "\\n"));
        assert_eq!(found(&escaped, &Context::default()), ["private-key-pem"], "{label}");
        let indented = key.replace('\n', "\n      ");
        assert_eq!(found(&indented, &Context::default()), ["private-key-pem"], "{label}");
        let twice = base64(&key);
        assert_eq!(found(&twice, &Context::default()), ["private-key-pem"], "{label}");
        let empty =
            format!("{dashes}BEGIN {label}{dashes}\n...\n{dashes}END {label}{dashes}", dashes = "-----");
        assert!(found(&empty, &Context::default()).is_empty(), "{label}");
    }
    let armour = pem("PGP PRIVATE KEY BLOCK", 800);
    assert_eq!(found(&armour, &Context::default()), ["pgp-private-key"]);
    let locked = &scan(&pem("ENCRYPTED PRIVATE KEY", 800), &Context::default())[0];
    assert_eq!((locked.severity_hint, locked.confidence), (Level::Medium, Level::Medium));
}

#[test]
fn a_service_account_document_needs_its_key() {
    let key = pem("PRIVATE KEY", 1600).replace('\n', "\\n");
    let kind = "\"type\": \"service_account\"";
    let document =
        format!("{{{kind}, \"project_id\": \"p\", \"private_key\": \"{key}\", \"client_id\": \"1\"}}");
    assert_eq!(found(&document, &Context::default()), ["gcp-service-account-json"]);
    assert!(found(&format!("{{{kind}, \"project_id\": \"p\"}}"), &Context::default()).is_empty());
}

#[test]
fn a_token_says_when_it_ends() {
    let today = Context { today: Some(date(2026, 11, 22)), ..Context::default() };
    let head = r#"{"alg":"RS256","typ":"JWT"}"#;
    let past = jwt(head, r#"{"sub":"ci","iss":"https://id","exp":1600000000}"#);
    let all = scan(&past, &today);
    assert_eq!((all[0].format.id.as_str(), all[0].confidence), ("jwt", Level::Low));
    assert_eq!(all[0].note.as_deref(), Some("expired on 2020-09-13"));
    let ahead = jwt(head, r#"{"sub":"ci","iss":"https://id","exp":4600000000}"#);
    assert_eq!(scan(&ahead, &today)[0].confidence, Level::Medium);
    let example = jwt(head, r#"{"sub":"1234567890","name":"John Doe","iat":1516239022}"#);
    assert!(scan(&example, &today).is_empty());
    let account = r#"{"iss":"kubernetes/serviceaccount","sub":"system:serviceaccount:default:ci","x":"yyyyyyyyyyyyyyyyyyyyyyyyy"}"#;
    let forever = jwt(r#"{"alg":"RS256","kid":"k3kfj38fkd0"}"#, account);
    let all = scan(&forever, &today);
    assert_eq!(
        (all[0].format.id.as_str(), all[0].confidence),
        ("kubernetes-service-account-jwt", Level::High)
    );
}

#[test]
fn only_the_password_of_a_url_is_the_token() {
    let password = random(14, BASE62, 11);
    for scheme in ["postgres", "mysql", "mongodb+srv", "redis", "amqp", "https"] {
        let url = format!("{scheme}://app:{password}@db-1.internal:5432/app?sslmode=require");
        let all = scan(&url, &Context::default());
        assert_eq!((all.len(), &url[all[0].start..all[0].end]), (1, password.as_str()));
        assert_eq!(all[0].confidence, Level::Medium);
    }
    for weak in ["postgres://postgres:postgres@localhost/db", "amqp://user:password@mq.internal/"] {
        assert_eq!(scan(weak, &Context::default())[0].confidence, Level::Low, "{weak}");
    }
}

#[test]
fn shared_access_signatures_tell_their_end() {
    let context = Context { today: Some(date(2026, 11, 22)), ..Context::default() };
    let signature = format!("{}%3D", random(43, BASE62, 13));
    let url = |end: &str| {
        format!("https://a.blob.core.windows.net/c?sv=2022-11-02&se={end}T00%3A00Z&sp=r&sig={signature}")
    };
    assert_eq!(scan(&url("2031-01-01"), &context)[0].confidence, Level::High);
    assert_eq!(scan(&url("2021-01-01"), &context)[0].confidence, Level::Low);
    assert!(scan(&format!("https://a/c?x=1&sig={signature}"), &context).is_empty());
}

#[test]
fn basic_credentials_are_decoded() {
    let line = format!("{}: Basic {}", "Authorization", base64(&format!("app:{}", random(12, BASE62, 2))));
    assert_eq!(found(&line, &Context::default()), ["basic-auth-header"]);
    let line = format!("{}: Basic {}", "Authorization", base64("app:changeme"));
    assert!(found(&line, &Context::default()).is_empty());
}

#[test]
fn bearers_and_tokens_known_by_their_name() {
    let line = format!("{}: Bearer {}", "Authorization", random(40, BASE62, 41));
    assert_eq!(found(&line, &Context::default()), ["bearer-header"]);
    let context = Context { name: Some("token"), path: Some("pagerduty"), ..Context::default() };
    assert_eq!(found(&random(20, BASE62, 43), &context), ["pagerduty-named"]);
}

#[test]
fn values_under_secret_names() {
    let key = random(32, BASE62, 17);
    let hex = random(32, HEX, 19);
    for (name, value) in [
        ("api_key", key.as_str()),
        ("client_secret", &hex),
        ("auth_token", &key),
        ("DB_PASSWORD", "Summer2024!"),
        ("password", "Password123!"),
        ("master_password", "admin123"),
        ("admin_password", "hunter2"),
        ("administrator_login_password", "H@Sh1CoR3!"),
        ("secret_string", "tr0ub4dor&3"),
        ("webhook_secret", &hex),
        ("encryption_key", &key),
        ("redis_auth_token", &key),
        ("PGPASSWORD", "letmein99"),
        ("apiKey", &key),
        ("smtp_pass", "mail-4-us!"),
        ("signing_key", &hex),
        ("credentials", &key),
        ("password_wo", "Zomerdag7"),
    ] {
        let context = Context { name: Some(name), ..Context::default() };
        let all = scan(value, &context);
        assert_eq!(all.len(), 1, "{name}");
        assert_eq!(all[0].confidence, Level::Medium, "{name}");
    }
    let stored =
        Context { name: Some("value"), path: Some("azurerm_key_vault_secret"), ..Context::default() };
    assert_eq!(found("Tr0ub4dor", &stored), ["named-attribute"]);
}

#[test]
fn assignments_inside_a_text() {
    let key = random(32, BASE62, 23);
    for text in [
        format!("#!/bin/sh\nexport API_KEY={key}\n"),
        format!("export API_KEY=\"{key}\"\n"),
        format!("API_KEY='{key}' ./run\n"),
        format!("[{{\"name\":\"API_KEY\",\"value\":\"{key}\"}}]"),
        format!("[{{\\\"name\\\":\\\"API_KEY\\\",\\\"value\\\":\\\"{key}\\\"}}]"),
        format!("- name: API_KEY\n  value: {key}\n"),
        format!("- name: \"API_KEY\"\n  value: \"{key}\"\n"),
        format!("{{\"apiKey\": \"{key}\"}}"),
        format!("{{\\\"apiKey\\\": \\\"{key}\\\"}}"),
        format!("app:\n  api_key: {key}\n  other: 1\n"),
        format!("api.key = {key}\n"),
        format!("client --api-key {key} --verbose\n"),
        format!("client --api-key={key}\n"),
        format!("Server=db;User=sa;Password={key};Encrypt=true"),
        format!("https://api.internal/v1?token={key}&page=2"),
        format!("$apiKey = \"{key}\"\r\n"),
        "export DB_PASSWORD=hunter2\n".into(),
        "echo \"PGPASSWORD=Summer2024!\" >> /etc/environment\n".into(),
        "db:\n  password: Zomerdag7!\n".into(),
        "{\"password\": \"tr0ub4dor\"}".into(),
    ] {
        let all = scan(&text, &Context { name: Some("user_data"), ..Context::default() });
        assert_eq!(all.len(), 1, "{text}");
        let token = &text[all[0].start..all[0].end];
        assert!(!token.contains(['"', '\\', ' ', ';', '&']) || token.contains('!'), "{token}");
        assert!(all[0].confidence >= Level::Medium, "{text}");
    }
}
