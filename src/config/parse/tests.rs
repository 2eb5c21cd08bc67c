use super::*;
use crate::config::testing::render;
use crate::config::{CodeOwnersSetting, Environment, Evidence, ExpiryKind, RotationKind};
use crate::dates::{days, seconds};
use jiff::civil::date;
use proptest::prelude::*;

const KNOWN: &[&str] = &["missing-expiry", "nhi-missing-owner", "KW101", "KW003", "lifecycle"];

fn problems(text: &str) -> String {
    render(text, &parse(text, KNOWN).unwrap_err())
}

#[test]
fn an_empty_file_is_all_defaults() {
    let config = parse("", &[]).unwrap();
    assert_eq!(config.fail_on, FailOn::At(Severity::High));
    assert_eq!(config.persona, Persona::Regular);
    assert_eq!(config.owners.min_evidence(), Evidence::Codeowners);
    assert_eq!(config.expiry.max(ExpiryKind::Certificate), Some(days(398)));
    assert!(config.owners.keys.matches("Owner"));
}

#[test]
fn every_key_is_read() {
    let text = r#"
fail-on = "never"
persona = "strict"
select = ["lifecycle", "KW1"]
ignore = ["missing-expiry"]
exclude = ["**/examples/**"]
var-files = ["prod.tfvars"]
own-accounts = ["012345678901", "o-abc123"]

[vars]
zone = "eu"
count = 1_000
tags = { owner = "x", since = 2026-01-01 }

[owners]
keys = ["pay-unit"]
patterns = ['on-call: (?<owner>\S+)']
roster = "people.csv"
codeowners = "CODEOWNERS.infra"
min-evidence = "catch-all"

[expiry]
access-token = 30
session = "1h"
vault-token = "PT8H"
certificate = false

[rotation]
secret = 30

[environments]
production = ["blue"]

[[waiver]]
rules = ["missing-expiry"]
resource = "aws_iam_user.legacy"
reason = "vendor has no OIDC"
owner = "payments"
until = 2027-03-31
ticket = "SEC-412"
control = "IP allow list"

[[invariant]]
name = "ci-stays-out-of-prod"
from = ["aws_iam_role.ci*"]
cannot = ["secretsmanager:GetSecretValue"]
on = ["module.prod"]
severity = "critical"
"#;
    let config = parse(text, KNOWN).unwrap_or_else(|errors| panic!("{}", render(text, &errors)));
    assert_eq!(config.fail_on, FailOn::Never);
    assert_eq!(config.persona, Persona::Strict);
    assert!(config.exclude.matches("a/examples/b.tf"));
    assert_eq!(config.own_accounts[0].get_ref(), "012345678901");
    assert_eq!(&text[config.own_accounts[0].span()], "\"012345678901\"");
    assert_eq!(config.vars.keys().collect::<Vec<_>>(), ["zone", "count", "tags"]);
    assert_eq!(config.vars["count"].get_ref(), &serde_json::json!(1000));
    assert_eq!(config.vars["tags"].get_ref(), &serde_json::json!({"owner": "x", "since": "2026-01-01"}));
    assert!(config.owners.keys.matches("PayUnit") && !config.owners.keys.matches("owner"));
    assert!(matches!(config.owners.codeowners, CodeOwnersSetting::At(_)));
    assert_eq!(config.owners.min_evidence(), Evidence::CatchAll);
    assert_eq!(config.expiry.max(ExpiryKind::AccessToken), Some(days(30)));
    assert_eq!(config.expiry.max(ExpiryKind::Session), Some(seconds(3_600)));
    assert_eq!(config.expiry.max(ExpiryKind::VaultToken), Some(seconds(8 * 3_600)));
    assert_eq!(config.expiry.max(ExpiryKind::Certificate), None);
    assert_eq!(config.rotation.max(RotationKind::Secret), Some(days(30)));
    assert_eq!(config.environments.classify("blue"), Some(Environment::Production));
    let waiver = &config.waivers[0];
    assert_eq!(waiver.until.as_ref().unwrap().get_ref(), &date(2027, 3, 31));
    assert!(waiver.resource.get_ref().matches("aws_iam_user.legacy[0]"));
    assert!(text[waiver.span.clone()].starts_with("[[waiver]]"));
    assert_eq!(config.invariants[0].severity, Severity::Critical);
}

#[test]
fn all_problems_are_told_at_once_with_their_bytes() {
    insta::assert_snapshot!(problems(
        r#"fail_on = "high"
persona = "auditer"
select = ["mising-expiry", "KW9"]
ignore = "KW101"
exclude = ["a/[b"]
own-accounts = ["12345", 123456789012]
colour = true

[owners]
patterns = ["on-call: .*", "(unclosed"]
min-evidence = "tag"
codeowners = 3

[expiry]
access-tokens = 30
session = "soon"
api-key = 0
certificate = true
"#
    ), @r#"
1:1
  fail_on = "high"
  ^^^^^^^
  unknown key `fail_on`
  help: did you mean `fail-on`?
2:11
  persona = "auditer"
            ^^^^^^^^^
  `persona` cannot be `auditer`
  help: did you mean `auditor`?
3:11
  select = ["mising-expiry", "KW9"]
            ^^^^^^^^^^^^^^^
  no rule is called `mising-expiry`
  help: did you mean `missing-expiry`?
3:28
  select = ["mising-expiry", "KW9"]
                             ^^^^^
  no rule is called `KW9`
  help: `keyward rules` lists names, codes and categories
4:10
  ignore = "KW101"
           ^^^^^^^
  `ignore` must be a list of strings, not a string
  help: write `ignore = ["KW101"]`
5:12
  exclude = ["a/[b"]
             ^^^^^^
  not a glob: unclosed character class; missing ']'
6:17
  own-accounts = ["12345", 123456789012]
                  ^^^^^^^
  `12345` has 5 digits, an AWS account has 12
6:26
  own-accounts = ["12345", 123456789012]
                           ^^^^^^^^^^^^
  `own-accounts` must be a string, not a number
  help: put it in quotes
7:1
  colour = true
  ^^^^^^
  unknown key `colour`
  help: known keys: fail-on, persona, select, ignore, exclude, var-files, vars, owners, expiry, rotation, environments, own-accounts, waiver, invariant, pr, live
10:13
  patterns = ["on-call: .*", "(unclosed"]
              ^^^^^^^^^^^^^
  the pattern has no group that captures the owner
  help: an example: `patterns = ['on-call: (?<owner>\S+)']`
10:28
  patterns = ["on-call: .*", "(unclosed"]
                             ^^^^^^^^^^^
  not a regular expression: unclosed group
  help: an example: `patterns = ['on-call: (?<owner>\S+)']`
11:16
  min-evidence = "tag"
                 ^^^^^
  `min-evidence` cannot be `tag`
  help: one of: catch-all, codeowners, text, declared
12:14
  codeowners = 3
               ^
  `codeowners` must be true, false or a path, not a number
15:1
  access-tokens = 30
  ^^^^^^^^^^^^^
  unknown key `access-tokens` in `expiry`
  help: did you mean `access-token`?
16:11
  session = "soon"
            ^^^^^^
  `session` is not a length of time
  help: write days (`session = 90`), a length (`"12h"`, `"P90D"`), or `false` for no limit
17:11
  api-key = 0
            ^
  `api-key` must be more than zero
  help: write days (`api-key = 90`), a length (`"12h"`, `"P90D"`), or `false` for no limit
18:15
  certificate = true
                ^^^^
  `certificate` must be a length of time, not true or false
  help: write days (`certificate = 90`), a length (`"12h"`, `"P90D"`), or `false` for no limit
"#);
}

#[test]
fn waivers_and_invariants_say_what_they_lack() {
    insta::assert_snapshot!(problems(
        r#"[[waiver]]
rules = []
resource = ""
until = "31.03.2027"

[[waiver]]
rules = ["KW102"]
resource = "aws_iam_user.x"
until = 2027-02-30

[[waiver]]
resouce = "aws_iam_user.x"

[[invariant]]
name = "x"
severity = "urgent"

[waiver.x]
"#
    ), @r#"
1:1
  [[waiver]]
  ^^^^^^^^^^
  `[[waiver]]` needs `rules`
  help: name what it accepts: `rules = ["missing-expiry"]`
3:12
  resource = ""
             ^^
  `resource` is empty
4:9
  until = "31.03.2027"
          ^^^^^^^^^^^^
  `31.03.2027` is not a calendar date
  help: write `until = 2027-03-31`
7:10
  rules = ["KW102"]
           ^^^^^^^
  no rule is called `KW102`
  help: `keyward rules` lists names, codes and categories
9:9
  until = 2027-02-30
          ^^^^^^^^^^
  invalid date, expected day between 01 and 28
11:1
  [[waiver]]
  ^^^^^^^^^^
  `[[waiver]]` needs `rules`
  help: name what it accepts: `rules = ["missing-expiry"]`
11:1
  [[waiver]]
  ^^^^^^^^^^
  `[[waiver]]` needs `resource`
  help: name what it covers: `resource = "aws_iam_user.legacy"`
12:1
  resouce = "aws_iam_user.x"
  ^^^^^^^
  unknown key `resouce` in `waiver`
  help: did you mean `resource`?
14:1
  [[invariant]]
  ^^^^^^^^^^^^^
  `[[invariant]]` needs `from`
  help: say whom it is about: `from = ["aws_iam_role.ci"]`
14:1
  [[invariant]]
  ^^^^^^^^^^^^^
  `[[invariant]]` needs `cannot`
  help: list actions in `cannot` or identities in `cannot-become`
16:12
  severity = "urgent"
             ^^^^^^^^
  `severity` cannot be `urgent`
  help: one of: info, low, medium, high, critical
18:9
  [waiver.x]
          ^
  unknown key `x` in `waiver`
  help: known keys: rules, resource, reason, owner, until, ticket, control
"#);
}

#[test]
fn broken_syntax_hides_nothing_else() {
    insta::assert_snapshot!(problems(
        "fail-on = \npersonna = \"strict\"\nselect = [\"KW101\"\n[owners]\nkeys = [\"a\"]\nkeys = [\"b\"]\n"
    ), @r#"
1:11
  fail-on = 
            ^
  string values must be quoted, expected literal string
2:1
  personna = "strict"
  ^^^^^^^^
  unknown key `personna`
  help: did you mean `persona`?
4:1
  [owners]
  ^
  missing comma between array elements, expected `,`
6:13
  keys = ["b"]
              ^
  unclosed array, expected `]`
"#);
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_move_nothing() {
    let text = "\u{feff}persona = \"strict\"\r\nown-accounts = [\"012345678901\"]\r\n";
    let config = parse(text, KNOWN).unwrap();
    assert_eq!(&text[config.own_accounts[0].span()], "\"012345678901\"");
}

#[test]
fn a_section_of_the_wrong_shape_is_told() {
    insta::assert_snapshot!(problems("owners = \"payments\"\nwaiver = [1]\n[invariant]\nname = \"x\"\n"), @r#"
1:10
  owners = "payments"
           ^^^^^^^^^^
  `owners` must be a table, not a string
  help: start it with a line `[owners]`
2:11
  waiver = [1]
            ^
  `waiver` must be a table, not a number
  help: start each with a line `[[waiver]]`
3:1
  [invariant]
  ^^^^^^^^^^^
  `invariant` must be a list of tables, not a table
  help: start each with a line `[[invariant]]`
"#);
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "\\PC*") {
        let _ = parse(&text, KNOWN).map_err(|errors| render(&text, &errors));
    }

    #[test]
    fn near_configurations_are_survived(
        lines in proptest::collection::vec(
            "(fail-on|select|exclude|\\[owners\\]|\\[\\[waiver\\]\\]|keys|until|session|rules)( = )?(\"é\"|\\[|\\]|\"\\[a\\{\\*\"|2027-0|\"P\"|-1|'''|\\{)?\r?",
            0..8,
        ),
    ) {
        let text = lines.join("\n");
        let _ = parse(&text, KNOWN).map_err(|errors| render(&text, &errors));
    }
}
