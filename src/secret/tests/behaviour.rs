use super::super::format::{by_id, formats};
use super::super::sift::aws_account;
use super::super::*;
use super::ids;
use super::make::{BASE62, base64, pem, random, tokens};

#[test]
fn a_wrong_checksum_is_no_secret() {
    let right = tokens(by_id("github-personal-access-token"), 1).remove(0);
    let mut wrong = right.clone();
    let last = if wrong.pop() == Some('a') { 'b' } else { 'a' };
    wrong.push(last);
    let all = scan(&right, &Context::default());
    assert_eq!((all[0].checksum, all[0].confidence), (Checksum::Verified, Level::High));
    assert!(scan(&wrong, &Context { name: Some("github_token"), ..Context::default() }).is_empty());
}

#[test]
fn the_account_is_read_from_the_key_id() {
    // An id made for account 123456789012: the bits the format describes, and zeros.
    let bits = (123_456_789_012u128 << 7) << 32;
    let alphabet: Vec<char> = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".chars().collect();
    let body: String = (0..16).rev().map(|at| alphabet[((bits >> (at * 5)) & 31) as usize]).collect();
    assert_eq!(aws_account(&format!("AKIA{body}")), Some(123_456_789_012));
}

#[test]
fn an_identifier_is_only_an_anchor() {
    let id = tokens(by_id("aws-access-key-id"), 1).remove(0);
    let all = scan(&id, &Context { name: Some("access_key"), ..Context::default() });
    assert!(all.len() == 1 && all[0].identifier_only);
}

#[test]
fn redaction_tells_the_kind_and_the_length() {
    let token = format!("ghp{}{}", "_", random(36, BASE62, 1));
    assert_eq!(redact(&token), "ghp_…(36 chars)");
    assert_eq!(redact("Sommer99"), "…(8 chars)");
    assert_eq!(redact("ключ"), "…(4 chars)");
}

#[test]
fn the_same_secret_has_the_same_fingerprint() {
    assert_eq!(fingerprint("a"), fingerprint("a"));
    assert_ne!(fingerprint("a"), fingerprint("b"));
    assert_eq!(fingerprint("abc"), "sha256:ba7816bf");
}

#[test]
fn a_secret_does_not_print_itself() {
    let secret = Secret::new("tr0ub4dor");
    assert_eq!(format!("{secret} {secret:?} {}", serde_json::to_string(&secret).unwrap()), "*** *** \"***\"");
    assert_eq!(secret.expose(), "tr0ub4dor");
}

#[test]
fn a_long_text_is_read_whole_and_once() {
    let token = tokens(by_id("gitlab-personal-access-token"), 1).remove(0);
    let filler = "lorem ipsum dolor sit amet, consectetur\n".repeat(40_000);
    let key = pem("RSA PRIVATE KEY", 2000);
    for cut in [(1 << 20) - 10, 1 << 20, (1 << 20) + 5, 700_000] {
        let text = format!("{}\n{token}\n{key}{}", &filler[..cut], filler);
        let all = scan(&text, &Context::default());
        assert_eq!(all.len(), 2, "{cut}");
        assert_eq!(&text[all[0].start..all[0].end], token);
    }
}

#[test]
fn hostile_text_takes_linear_time() {
    let started = std::time::Instant::now();
    let dashes = "-----BEGIN PRIVATE KEY-----";
    for piece in [
        "password=",
        "token:",
        "://a:b@",
        dashes,
        "LS0tLS1CRUdJTi",
        "eyJ",
        "AKIA",
        "\"name\": \"api_key\", ",
        "sk_live_",
        "aws secret ",
        "passwordpassword",
        "a",
        "key-",
    ] {
        let text = piece.repeat((1 << 20) / piece.len());
        scan(&text, &Context { name: Some("user_data"), ..Context::default() });
    }
    // It takes a second or two on a quiet machine; whatever is not linear takes hours.
    assert!(started.elapsed().as_secs() < 180, "{:?}", started.elapsed());
}

#[test]
fn every_expression_compiles_and_every_format_has_a_way_in() {
    for format in formats() {
        assert!(format.regex().is_some(), "{}", format.id);
        assert!(!format.keywords.is_empty() || format.id == "named-attribute", "{}", format.id);
    }
}

#[test]
fn emulator_keys_are_published() {
    // Put together from pieces, since other scanners know them too.
    let azurite =
        ["Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1", "OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K", "1SZFPTOtr/KBHBeksoGMGw=="]
            .concat();
    let cosmos =
        ["C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEH", "LM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPM", "bIZnqyMsEcaGQy67XIw/Jw=="]
            .concat();
    assert!(is_placeholder(&azurite) && is_placeholder(&cosmos));
    assert!(ids(&azurite, Some("account_key")).is_empty());
}

#[test]
fn a_certificate_in_base64_is_public() {
    let text = base64(&pem("CERTIFICATE", 1200));
    assert!(ids(&text, Some("secret_data")).is_empty());
    assert!(!ids(&base64(&pem("PRIVATE KEY", 1200)), Some("private_key")).is_empty());
}
