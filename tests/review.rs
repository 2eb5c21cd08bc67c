//! `keyward review`: what a change between two commits does to identities.

mod support;

use keyward::analysis::{Analysis, Settings, analyse, analyse_both};
use keyward::git::Repository;
use keyward::report::review::{ReviewFormat, markdown, value};
use keyward::report::{Format, HumanOptions, ScanReport};
use keyward::review::{How, Review, Side, Sign, Subject, review};
use keyward::rules;
use keyward::source::Tree;
use std::collections::BTreeMap;
use support::Built;

fn today() -> jiff::civil::Date {
    jiff::civil::date(2026, 11, 22)
}

fn report(analysis: &Analysis) -> ScanReport<'_> {
    ScanReport {
        sources: &analysis.sources,
        findings: &analysis.findings,
        gaps: &analysis.gaps,
        rules: &[],
        redactions: &analysis.redactions,
        stats: analysis.stats,
        hidden: analysis.hidden,
        today: today().to_string(),
        fail_on: None,
    }
}

/// Two commits of a repository, read with their own configuration.
fn trees(before: &[(&str, &str)], after: &[(&str, &str)]) -> (Built, Tree, Tree) {
    let mut built = Built::new();
    let first = built.commit(before, &[]);
    let second = built.commit(after, &[&first]);
    let repository = Repository::discover(&built.path()).expect("a repository");
    let tree = |id: &str| {
        let commit = repository.commit(id).expect("there");
        Tree::snapshot(repository.snapshot(&commit).expect("readable"), "")
    };
    let (before, after) = (tree(&first), tree(&second));
    (built, before, after)
}

fn compared(before: &[(&str, &str)], after: &[(&str, &str)]) -> (Review, String) {
    let (_built, base, head) = trees(before, after);
    let settings = |tree: &Tree| Settings::of(tree).expect("a valid configuration");
    let (of_base, of_head) = (settings(&base), settings(&head));
    let (base, head) = analyse_both((&base, &of_base), (&head, &of_head), today()).expect("readable");
    let side = |name: &str| Side { name: name.to_string(), ..Side::default() };
    let found = review(&base, &head, &of_head, (side("main"), side("HEAD")));
    let options = HumanOptions { verbose: true, ..HumanOptions::default() };
    let text = ReviewFormat::Human.render(&found, &report(&head), &options);
    (found, text)
}

fn told(review: &Review) -> Vec<(Subject, How, &str)> {
    review.changes.iter().map(|change| (change.subject, change.how, change.address.as_str())).collect()
}

const PLAIN: &str = r#"
resource "aws_iam_role" "deploy" {
  name               = "deploy"
  tags               = { owner = "platform" }
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "codebuild.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "deploy" {
  role   = aws_iam_role.deploy.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:GetObject"], Resource = "arn:aws:s3:::app/*" }]
  })
}
"#;

const KEY: &str = r#"
resource "aws_iam_user" "mailer" {
  name = "mailer"
  tags = { owner = "platform" }
}

resource "aws_iam_access_key" "mailer" {
  user = aws_iam_user.mailer.name
}
"#;

const FUNCTION: &str = r#"
resource "aws_lambda_function" "mailer" {
  function_name = "mailer"
  role          = "arn:aws:iam::123456789012:role/mailer"

  environment {
    variables = { KEY = aws_iam_access_key.mailer.secret }
  }
}
"#;

fn with(text: &str, pairs: &[(&str, &str)]) -> String {
    pairs.iter().fold(text.to_string(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}

#[test]
fn a_change_of_permissions_trust_and_owner_is_told() {
    let after = with(
        PLAIN,
        &[
            (
                "[\"s3:GetObject\"], Resource = \"arn:aws:s3:::app/*\"",
                "[\"s3:*\", \"iam:PassRole\"], Resource = \"*\"",
            ),
            ("Service = \"codebuild.amazonaws.com\"", "AWS = \"arn:aws:iam::999988887777:root\""),
            ("{ owner = \"platform\" }", "{}"),
        ],
    );
    let (review, text) = compared(&[("main.tf", PLAIN)], &[("main.tf", &after)]);
    assert_eq!(told(&review)[0], (Subject::Identity, How::Changed, "aws_iam_role.deploy"), "{text}");
    assert!(review.findings.new.iter().any(|found| found.finding.rule == "passrole-unscoped"), "{text}");
    insta::assert_snapshot!("changed", text);
    insta::assert_snapshot!("changed_markdown", markdown(&review));
    assert_follows_schema(&value(&review));
    insta::assert_snapshot!("changed_json", format!("{:#}", value(&review)));
}

#[test]
fn what_appears_and_vanishes_is_told() {
    let (_, text) =
        compared(&[("main.tf", PLAIN)], &[("main.tf", PLAIN), ("key.tf", KEY), ("run.tf", FUNCTION)]);
    insta::assert_snapshot!("added", text);
    let (_, text) = compared(&[("main.tf", PLAIN), ("key.tf", KEY)], &[("main.tf", PLAIN)]);
    insta::assert_snapshot!("removed", text);
}

#[test]
fn a_revision_compared_with_itself_is_empty() {
    for files in
        [vec![("main.tf", PLAIN)], vec![("a/main.tf", PLAIN), ("b/key.tf", KEY), ("b/run.tf", FUNCTION)]]
    {
        let (review, text) = compared(&files, &files);
        assert!(review.is_empty() && review.new_gaps.is_empty(), "{text}");
        assert!(text.contains("This change does not touch identities."), "{text}");
    }
}

#[test]
fn moves_and_reformatting_are_no_changes() {
    let formatted = PLAIN.replace("  ", "    ").replace("\nresource", "\n\n\n# moved down\nresource");
    let (review, text) = compared(&[("main.tf", PLAIN)], &[("other.tf", &formatted)]);
    assert!(review.is_empty(), "{text}");

    let renamed =
        PLAIN.replace("\"deploy\" {", "\"release\" {").replace("aws_iam_role.deploy", "aws_iam_role.release");
    let moved = "moved {\n  from = aws_iam_role.deploy\n  to   = aws_iam_role.release\n}\nmoved {\n  from = aws_iam_role_policy.deploy\n  to   = aws_iam_role_policy.release\n}\n";
    let (review, text) = compared(&[("main.tf", PLAIN)], &[("main.tf", &renamed), ("moved.tf", moved)]);
    assert!(review.is_empty() && review.moved == 1, "{text}");

    let (review, text) = compared(
        &[("old/main.tf", PLAIN), ("old/key.tf", KEY)],
        &[("new/main.tf", PLAIN), ("new/key.tf", KEY)],
    );
    assert!(review.is_empty(), "another directory is no change\n{text}");

    // Terraform does this one by itself.
    let counted = PLAIN.replace("  name               =", "  count              = 1\n  name               =");
    let counted = counted.replace("aws_iam_role.deploy.id", "aws_iam_role.deploy[0].id");
    let (review, text) = compared(&[("main.tf", PLAIN)], &[("main.tf", &counted)]);
    assert!(review.is_empty(), "{text}");
    let (review, text) = compared(&[("main.tf", &counted)], &[("main.tf", PLAIN)]);
    assert!(review.is_empty(), "{text}");

    // Without a `moved` block Terraform deletes one and creates the other.
    let (review, text) = compared(&[("main.tf", PLAIN)], &[("main.tf", &renamed)]);
    assert_eq!(told(&review), [(Subject::Identity, How::Renamed, "aws_iam_role.release")], "{text}");
    assert!(text.contains("was aws_iam_role.deploy; without a `moved` block it is replaced"), "{text}");

    let module = "module \"x\" {\n  source = \"./m\"\n}\n";
    let other = "module \"y\" {\n  source = \"./m\"\n}\nmoved {\n  from = module.x\n  to = module.y\n}\n";
    let (review, text) = compared(
        &[("main.tf", module), ("m/main.tf", PLAIN), ("m/key.tf", KEY)],
        &[("main.tf", other), ("m/main.tf", PLAIN), ("m/key.tf", KEY)],
    );
    assert!(review.is_empty() && review.moved == 3, "{text}");
}

#[test]
fn a_policy_that_is_cut_in_two_says_nothing_new() {
    let policy = |name: &str, statements: &[&str]| {
        let list: Vec<String> = statements
            .iter()
            .map(|action| format!("{{ Effect = \"Allow\", Action = \"{action}\", Resource = \"*\" }}"))
            .collect();
        format!(
            "resource \"aws_iam_role_policy\" \"{name}\" {{\n  role = aws_iam_role.deploy.id\n  policy = \
             jsonencode({{ Statement = [{}] }})\n}}\n",
            list.join(", ")
        )
    };
    let one = format!("{PLAIN}{}", policy("all", &["glue:*", "ssm:*"]));
    let two = format!("{PLAIN}{}{}", policy("all", &["glue:*"]), policy("more", &["ssm:*"]));
    for (before, after) in [(&one, &two), (&two, &one)] {
        let (review, text) = compared(&[("main.tf", before)], &[("main.tf", after)]);
        assert!(review.findings.new.is_empty() && review.findings.fixed.is_empty(), "{text}");
    }
    let three = format!("{two}{}", policy("third", &["lambda:*"]));
    let (review, text) = compared(&[("main.tf", &two)], &[("main.tf", &three)]);
    assert!(review.findings.new.iter().any(|found| found.finding.message.contains("lambda:*")), "{text}");
}

#[test]
fn what_is_out_of_sight_is_not_said_to_be_gone() {
    let module = "module \"app\" {\n  source = \"./app\"\n}\n";
    let elsewhere = module.replace("./app", "git::https://example.com/app.git");
    let before = [("main.tf", module), ("app/main.tf", PLAIN)];
    let (_, text) = compared(&before, &[("main.tf", &elsewhere)]);
    assert!(text.contains("may only be out of sight"), "{text}");
    let (_, text) = compared(&before, &[("main.tf", "")]);
    assert!(!text.contains("may only be out of sight"), "{text}");
}

#[test]
fn a_credential_that_stays_behind_is_a_finding() {
    let all = [("key.tf", KEY), ("run.tf", FUNCTION)];
    let (review, text) = compared(&all, &[("key.tf", KEY)]);
    let rules: Vec<_> = review.findings.new.iter().map(|found| found.finding.rule).collect();
    assert!(rules.contains(&"posture-fixed-credential-live"), "{text}");
    insta::assert_snapshot!("left_behind", text);

    let (review, text) = compared(&all, &[("none.tf", "locals {}\n")]);
    assert!(review.findings.new.is_empty(), "the key is deleted as well\n{text}");
    let (review, text) = compared(&all, &all);
    assert!(review.findings.new.is_empty(), "{text}");
    let off = KEY.replace("user = aws", "status = \"Inactive\"\n  user = aws");
    let (review, text) = compared(&all, &[("key.tf", &off)]);
    assert!(!review.findings.new.iter().any(|it| it.finding.code == "KW905"), "it is off\n{text}");
    let twin = FUNCTION.replace("\"mailer\" {", "\"other\" {").replace("\"mailer\"\n", "\"other\"\n");
    let both = [("key.tf", KEY), ("run.tf", FUNCTION), ("other.tf", twin.as_str())];
    let (review, text) = compared(&both, &[("key.tf", KEY), ("other.tf", &twin)]);
    assert!(!review.findings.new.iter().any(|it| it.finding.code == "KW905"), "another uses it\n{text}");
}

#[test]
fn an_exposure_that_is_closed_asks_for_a_rotation() {
    let url = "resource \"aws_lambda_function_url\" \"mailer\" {\n  function_name      = aws_lambda_function.mailer.function_name\n  authorization_type = \"NONE\"\n}\n";
    let open = [("key.tf", KEY), ("run.tf", FUNCTION), ("url.tf", url)];
    let closed = [("key.tf", KEY), ("run.tf", FUNCTION)];
    let (review, text) = compared(&open, &closed);
    assert!(
        told(&review).contains(&(Subject::Exposure, How::Removed, "aws_lambda_function.mailer")),
        "{text}"
    );
    assert!(review.findings.new.iter().any(|it| it.finding.code == "KW905"), "{text}");
    let (review, text) = compared(&closed, &open);
    assert!(told(&review).contains(&(Subject::Exposure, How::Added, "aws_lambda_function.mailer")), "{text}");
}

#[test]
fn ways_to_escalate_appear_and_vanish() {
    let admin = r#"
resource "aws_iam_role" "admin" {
  name               = "admin"
  tags               = { owner = "platform" }
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy_attachment" "admin" {
  role       = aws_iam_role.admin.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
"#;
    let able = with(
        PLAIN,
        &[(
            "[\"s3:GetObject\"], Resource = \"arn:aws:s3:::app/*\"",
            "[\"iam:PassRole\", \"lambda:CreateFunction\", \"lambda:InvokeFunction\"], Resource = \"*\"",
        )],
    );
    let (before, after) =
        ([("main.tf", PLAIN), ("admin.tf", admin)], [("main.tf", able.as_str()), ("admin.tf", admin)]);
    let (review, text) = compared(&before, &after);
    assert!(told(&review).contains(&(Subject::Way, How::Added, "aws_iam_role.deploy")), "{text}");
    insta::assert_snapshot!("escalation", text);
    let (review, text) = compared(&after, &before);
    assert!(told(&review).contains(&(Subject::Way, How::Removed, "aws_iam_role.deploy")), "{text}");
}

#[test]
fn both_directions_mirror_each_other() {
    let after =
        with(PLAIN, &[("s3:GetObject", "s3:PutObject"), ("codebuild.amazonaws.com", "ec2.amazonaws.com")]);
    let left = [("a.tf", PLAIN), ("key.tf", KEY)];
    let right = [("a.tf", after.as_str()), ("run.tf", FUNCTION)];
    let (there, _) = compared(&left, &right);
    let (back, _) = compared(&right, &left);
    let mirrored = |review: &Review, turn: bool| {
        let mut counts: BTreeMap<(Subject, &'static str, String), (usize, usize)> = BTreeMap::new();
        for change in &review.changes {
            let how = match (change.how, turn) {
                (How::Added, true) => "removed",
                (How::Removed, true) => "added",
                (how, _) => how.name(),
            };
            let entry = counts.entry((change.subject, how, change.address.clone())).or_default();
            if change.how == How::Changed {
                let of = |sign| change.details.iter().filter(|detail| detail.sign == sign).count();
                let (gained, lost) = (of(Sign::Gained), of(Sign::Lost));
                *entry = if turn { (lost, gained) } else { (gained, lost) };
            }
        }
        counts
    };
    assert_eq!(mirrored(&there, false), mirrored(&back, true));
    let prints = |found: &[keyward::review::Found]| {
        let mut all: Vec<_> = found.iter().map(|it| it.finding.primary().fingerprint.clone()).collect();
        all.sort();
        all
    };
    // A finding about the change itself has no counterpart.
    let of_change = |review: &Review| {
        let new = review.findings.new.iter().filter(|it| it.finding.code != "KW905").cloned();
        prints(&new.collect::<Vec<_>>())
    };
    assert_eq!(of_change(&there), prints(&back.findings.fixed));
    assert_eq!(prints(&there.findings.fixed), of_change(&back));
}

#[test]
fn instances_and_roots_are_told_once() {
    let call = "module \"x\" {\n  source = \"../m\"\n}\n";
    let roots = [("a/main.tf", call), ("b/main.tf", call), ("c/main.tf", call)];
    let files = |text| roots.into_iter().chain([("m/main.tf", text)]).collect::<Vec<_>>();
    let after = with(PLAIN, &[("s3:GetObject", "s3:PutObject")]);
    let (review, text) = compared(&files(PLAIN), &files(&after));
    assert_eq!(review.changes.len(), 1, "{text}");
    assert_eq!(review.changes[0].also.len(), 2, "{text}");
    assert_eq!(review.count(Subject::Identity, How::Changed), 3);
}

#[test]
fn waivers_and_configuration_are_told() {
    let waived = KEY.replace("resource \"aws_iam_access_key\"", "# keyward: ignore[long-lived-static-credential] until=2999-01-01 reason=\"no other way\"\nresource \"aws_iam_access_key\"");
    let (review, text) = compared(&[("key.tf", KEY)], &[("key.tf", &waived)]);
    assert_eq!(review.findings.accepted.len(), 1, "{text}");
    assert!(review.findings.new.is_empty() && review.changes.is_empty(), "{text}");
    let (review, text) = compared(&[("key.tf", &waived)], &[("key.tf", KEY)]);
    assert_eq!(review.findings.new.len(), 1, "what is no longer accepted counts\n{text}");
}

fn assert_follows_schema(review: &serde_json::Value) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema/review-v1.json");
    let schema = std::fs::read_to_string(path).expect("readable");
    let schema = serde_json::from_str(&schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = validator.iter_errors(review).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// The newest revision by itself, and beside another one, is the same.
fn assert_shared(base: &Tree, head: &Tree, what: &str) {
    let settings = |tree: &Tree| Settings::of(tree).unwrap_or_default();
    let (of_base, of_head) = (settings(base), settings(head));
    let (left, right) = analyse_both((base, &of_base), (head, &of_head), today()).expect("readable");
    for (shared, tree, settings) in [(&left, base, &of_base), (&right, head, &of_head)] {
        let alone = analyse(tree, settings, today()).expect("readable");
        let json = |analysis: &Analysis| Format::Json.render(&report(analysis), &HumanOptions::default());
        assert!(json(&alone) == json(shared), "{what}: {}", difference(&json(&alone), &json(shared)));
    }
}

fn difference(left: &str, right: &str) -> String {
    let at = left.lines().zip(right.lines()).position(|(left, right)| left != right).unwrap_or_default();
    let part = |text: &str| text.lines().skip(at.saturating_sub(12)).take(24).collect::<Vec<_>>().join("\n");
    format!("{}\n--- and\n{}", part(left), part(right))
}

#[test]
fn what_is_shared_makes_no_difference() {
    let call = "module \"x\" {\n  source = \"../m\"\n}\n";
    let reads = "locals {\n  name = file(\"name.txt\")\n  all = fileset(\"conf\", \"*.json\")\n}\nresource \"aws_iam_user\" \"bot\" {\n  for_each = local.all\n  name = \"${local.name}-${each.key}\"\n}\n";
    let before = [
        ("a/main.tf", call),
        ("b/main.tf", PLAIN),
        ("c/main.tf", reads),
        ("c/name.txt", "one"),
        ("c/conf/x.json", "{}"),
        ("m/main.tf", KEY),
        ("d/main.tf", "module \"late\" {\n  source = \"../late\"\n}\n"),
    ];
    for change in [
        vec![("m/main.tf", "locals {}\n")],
        vec![("b/main.tf", KEY)],
        vec![("c/name.txt", "two")],
        vec![("c/conf/y.json", "{}")],
        vec![("late/main.tf", KEY)],
        vec![("CODEOWNERS", "* @acme/platform\n")],
        vec![("keyward.toml", "[vars]\nx = \"1\"\n")],
        vec![("README.md", "nothing")],
        vec![("a/main.tf", "module \"x\" {\n  source = \"../b\"\n}\n")],
    ] {
        let mut after: BTreeMap<&str, &str> = before.into_iter().collect();
        after.extend(change.iter().copied());
        let after: Vec<_> = after.into_iter().collect();
        let (_built, base, head) = trees(&before, &after);
        assert_shared(&base, &head, change[0].0);
        assert_shared(&head, &base, change[0].0);
    }
}

/// `KEYWARD_HISTORY=repo.git:50 cargo test --test review history -- --ignored`
#[test]
#[ignore = "takes a repository with a history"]
fn what_is_shared_makes_no_difference_in_history() {
    let wanted = std::env::var("KEYWARD_HISTORY").expect("KEYWARD_HISTORY=path:count");
    let (path, count) = wanted.rsplit_once(':').expect("path:count");
    let repository = Repository::discover(path.as_ref()).expect("a repository");
    for at in 0..count.parse::<usize>().expect("a number") {
        let tree = |rev: &str| {
            let commit = repository.commit(rev).expect("there");
            Tree::snapshot(repository.snapshot(&commit).expect("readable"), "")
        };
        let (base, head) = (tree(&format!("HEAD~{}", at + 1)), tree(&format!("HEAD~{at}")));
        assert_shared(&base, &head, &format!("HEAD~{at}"));
    }
}

fn keyward(args: &[&str]) -> (i32, String, String) {
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_keyward"))
        .args(args)
        .args(["--today", "2026-11-22"])
        .output()
        .expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (done.status.code().unwrap_or(-1), text(done.stdout), text(done.stderr))
}

#[test]
fn the_command_line_compares_where_branches_parted() {
    let mut built = Built::new();
    let first = built.commit(&[("a/main.tf", PLAIN)], &[]);
    let ahead = built.commit(&[("a/main.tf", PLAIN), ("b/key.tf", KEY)], &[&first]);
    let change = built.commit(&[("a/main.tf", PLAIN), ("c/key.tf", KEY), ("c/run.tf", FUNCTION)], &[&first]);
    let fine = built.commit(&[("a/main.tf", PLAIN), ("README.md", "text")], &[&first]);
    for (name, id) in [("main", &ahead), ("change", &change), ("fine", &fine)] {
        built.branch(name, id);
    }
    let path = built.path();
    let path = path.to_str().expect("UTF-8");
    let (code, text, errors) = keyward(&["review", "--base", "main", "--head", "change", path]);
    assert_eq!((code, errors.as_str()), (1, ""), "{text}");
    let sides = format!("main ({}) → change ({})", &first[..10], &change[..10]);
    assert!(text.starts_with(&sides), "{text}");
    assert!(text.contains("Adds 1 identity and 1 credential."), "{text}");
    let (_, text, _) = keyward(&["review", "--base", "main", "--head", "change", "--direct", path]);
    assert!(!text.contains("Adds 1 identity and 1 credential."), "the key only moved\n{text}");
    let (code, ..) = keyward(&["review", "--base", "main", "--head", "change", "--fail-on", "never", path]);
    assert_eq!(code, 0);
    let (code, text, _) = keyward(&["review", "--base", "main", "--head", "fine", "-f", "markdown", path]);
    assert_eq!(code, 0);
    let heading = "<!-- keyward:review -->\n### keyward: this change does not touch identities\n";
    assert!(text.starts_with(heading), "{text}");
    let (code, text, _) = keyward(&["review", "--base", "main", "--head", "change", "-f", "sarif", path]);
    let log: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((code, log["runs"][0]["results"].as_array().map(Vec::len)), (1, Some(3)), "{text}");
    let (code, _, errors) = keyward(&["review", "--base", "nowhere", path]);
    assert_eq!(code, 2);
    assert!(errors.starts_with("error: there is no revision `nowhere` in this repository"), "{errors}");
    std::fs::write(built.path().join("shallow"), format!("{change}\n")).expect("written");
    let (code, _, errors) = keyward(&["review", "--base", "nowhere", path]);
    assert!(code == 2 && errors.contains("since this clone is shallow"), "{errors}");
    assert!(errors.contains("fetch-depth: 0"), "{errors}");
}

#[test]
fn the_work_tree_is_a_revision_too() {
    let mut built = Built::new();
    let first = built.commit(&[("a/main.tf", PLAIN), (".gitignore", "*.auto.tf\n")], &[]);
    built.branch("main", &first);
    let tree = built.dir.path().join("tree");
    let config = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n";
    std::fs::write(built.path().join("config"), config).expect("written");
    std::fs::create_dir_all(tree.join("a")).expect("created");
    std::fs::write(tree.join(".git"), format!("gitdir: {}\n", built.path().display())).expect("written");
    std::fs::write(tree.join("a/main.tf"), PLAIN).expect("written");
    std::fs::write(tree.join(".gitignore"), "*.auto.tf\n").expect("written");
    std::fs::write(tree.join("a/ignored.auto.tf"), KEY).expect("written");
    let path = tree.to_str().expect("UTF-8");
    let (code, text, errors) = keyward(&["review", "--base", "main", "--worktree", path]);
    assert_eq!((code, errors.as_str()), (0, ""), "{text}");
    assert!(text.contains("This change does not touch identities."), "{text}");
    std::fs::write(tree.join("a/key.tf"), KEY).expect("written");
    let inside = tree.join("a");
    let inside = inside.to_str().expect("UTF-8");
    let (code, text, _) = keyward(&["review", "--base", "main", "--worktree", inside]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("→ the work tree"), "{text}");
    assert!(text.contains("aws_iam_user.mailer key.tf:2"), "{text}");
}

#[test]
fn every_rule_that_reviews_report_is_in_the_registry() {
    assert!(rules::find("KW905").is_some_and(|rule| rule.info().name == "posture-fixed-credential-live"));
}
