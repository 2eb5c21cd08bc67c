use super::super::*;
use proptest::prelude::*;

const PIECES: &[&str] = &[
    "password",
    "=",
    ":",
    "\"",
    "'",
    "\\",
    " ",
    "\n",
    "://",
    "@",
    "ü",
    "🦀",
    "\u{0}",
    "-----BEGIN PRIVATE KEY-----",
    "AKIA",
    "eyJ",
    ".",
    "token",
    "value",
    "name",
    "{",
    "}",
    "$",
    "sig=",
    "?sv=",
    "&se=2020-01-01",
    "aws",
    "secret",
    "LS0tLS1CRUdJTi",
    "--",
    "Aa1",
    "ghp_",
    "://ü:é@ö",
    "\"type\": \"service_account\"",
    "é=",
];

fn check(text: &str, name: &str) -> Result<(), TestCaseError> {
    let context =
        Context { name: Some(name), neighbours: Some(text), path: Some(name), ..Context::default() };
    let mut end = 0;
    for found in scan(text, &context) {
        prop_assert!(
            found.start >= end && found.start < found.end && text.get(found.start..found.end).is_some()
        );
        end = found.end;
    }
    is_placeholder(text);
    is_secret_name(text);
    redact(text);
    fingerprint(text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_causes_a_panic(text in any::<String>()) {
        check(&text, "password")?;
    }

    #[test]
    fn no_mixture_of_pieces_causes_a_panic(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
        check(&pieces.concat(), "api_key")?;
    }
}
