//! After any change of its files, a workspace says what the one analysis says of the same bytes.

#[path = "support/editing.rs"]
mod editing;

use editing::{Playground, files_below};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn testdata(path: &str) -> BTreeMap<String, Vec<u8>> {
    files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(path))
}

/// Two environments of three services that share a module, with all that surrounds them.
fn small() -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut add = |path: &str, text: &str| files.insert(path.to_owned(), text.as_bytes().to_vec());
    add("modules/service/main.tf", include_str!("support/service.tf"));
    add(
        "modules/service/policy.json",
        "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}",
    );
    for environment in ["prod", "dev"] {
        for service in ["api", "web", "jobs"] {
            let dir = format!("services/{service}/{environment}");
            let call = format!(
                "module \"service\" {{\n  source = \"../../../modules/service\"\n  name = \"{service}-{environment}\"\n  \
                 password = var.password\n}}\nvariable \"password\" {{}}\n\
                 provider \"aws\" {{\n  assume_role {{\n    role_arn = \"arn:aws:iam::123456789012:role/{service}\"\n  }}\n}}\n"
            );
            add(&format!("{dir}/main.tf"), &call);
            add(&format!("{dir}/terraform.tfvars"), "password = \"Tr0ub4dor-and-3\"\n");
            add(&format!("{dir}/policy.json"), "{\"Statement\":[]}");
        }
    }
    // A module from a registry, as `terraform init` has put it here.
    let cache = "services/web/prod/.terraform/modules";
    add("services/web/prod/remote.tf", "module \"remote\" {\n  source = \"acme/user/aws\"\n}\n");
    add(
        &format!("{cache}/modules.json"),
        "{\"Modules\":[{\"Key\":\"remote\",\"Source\":\"acme/user/aws\",\"Dir\":\".terraform/modules/remote\"}]}",
    );
    add(
        &format!("{cache}/remote/main.tf"),
        "resource \"aws_iam_user\" \"remote\" {\n  name = \"remote\"\n}\n",
    );
    add("services/shared.tfvars", "deploy_role = \"arn:aws:iam::123456789012:role/deploy\"\n");
    add("CODEOWNERS", "* @org/everyone\n");
    add("keyward.toml", "");
    files
}

fn edit(files: BTreeMap<String, Vec<u8>>, seed: u64, edits: usize) {
    let mut playground = Playground::new(files, seed);
    playground.compare();
    for _ in 0..edits {
        playground.step();
        // Not every change is looked at before the next one.
        if playground.rng.below(5) > 0 {
            playground.compare();
            playground.workspace.prepare(&|| false);
        }
    }
    playground.compare();
}

/// Somebody types in one file after the other, and everything is looked at after each piece.
fn work(files: BTreeMap<String, Vec<u8>>, seed: u64, visits: usize) {
    let mut playground = Playground::new(files, seed);
    playground.compare();
    for _ in 0..visits {
        playground.visit(|playground, _| {
            playground.workspace.prepare(&|| false);
            playground.compare();
        });
    }
}

#[test]
fn files_are_worked_on() {
    work(small(), 31, 25);
    work(testdata("demo"), 32, 20);
    work(called_by_many(), 33, 8);
}

#[test]
fn a_small_repository_is_edited() {
    for seed in 1..=6 {
        edit(small(), seed, 60);
    }
}

/// So many files that their trees are given back while they are read.
#[test]
fn many_files_are_edited() {
    let mut files = small();
    for at in 0..450 {
        let text = format!("resource \"aws_iam_user\" \"u{at}\" {{\n  name = \"user-{at}\"\n}}\n");
        files.insert(format!("teams/team-{}/user-{at}.tf", at / 30), text.into_bytes());
    }
    edit(files, 11, 60);
}

#[test]
fn the_demo_is_edited() {
    edit(testdata("demo"), 7, 60);
}

#[test]
fn fixtures_of_rules_are_edited() {
    for (seed, rule) in
        ["orphaned-identity", "secret-reused", "identity-crosses-environments", "waiver-unused"]
            .into_iter()
            .enumerate()
    {
        edit(testdata(&format!("rules/{rule}")), seed as u64 + 20, 40);
    }
}

/// A module that many call, of which one caller after the other makes much.
fn called_by_many() -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut add = |path: String, text: String| files.insert(path, text.into_bytes());
    add("modules/key/main.tf".to_owned(), KEY.to_owned());
    for caller in 0..8 {
        let call = "module \"key\" {\n  source = \"../../modules/key\"\n}\n";
        let bucket =
            |at: usize| format!("resource \"aws_s3_bucket\" \"b{at}\" {{\n  bucket = \"b-{at}\"\n}}\n");
        let buckets: String = (0..caller * 20).map(bucket).collect();
        add(format!("live/team-{caller}/main.tf"), format!("{call}{buckets}"));
    }
    files
}

const KEY: &str = "resource \"aws_iam_user\" \"ci\" {\n  name = \"ci\"\n}\n\
                   resource \"aws_iam_access_key\" \"ci\" {\n  user = aws_iam_user.ci.name\n}\n";

/// What is said at first of a document is said in the whole as well, and lacks only what needs several callers.
#[test]
fn a_first_answer_is_about_what_was_typed() {
    let mut playground = Playground::new(called_by_many(), 1);
    playground.compare();
    let path = "modules/key/main.tf";
    let said = |report: &keyward::workspace::Report| -> Vec<(&'static str, u32)> {
        let file = report.sources.file(path).expect("it is there").id;
        let here = report.findings.iter().filter(|finding| finding.span().file == file);
        let mut said: Vec<_> = here.map(|finding| (finding.rule, finding.span().start)).collect();
        said.sort_unstable();
        said
    };
    let typed = format!(
        "# typed\n{KEY}resource \"aws_db_instance\" \"db\" {{\n  password = \"hunter2-Secret-9981\"\n}}\n"
    );
    for text in [typed.as_str(), "# nothing\n", KEY] {
        playground.workspace.set_buffer(path, text.into());
        let early = playground.workspace.glance(&|| false).expect("nobody cancels");
        let whole = playground.workspace.analyse(&|| false).expect("nobody cancels");
        assert!(early.left > 0 && whole.left == 0, "{} and {}", early.left, whole.left);
        // Whether a secret is used twice is known when two callers are.
        let whole_but = said(&whole).into_iter().filter(|(rule, _)| *rule != "secret-reused");
        assert_eq!(said(&early), whole_but.collect::<Vec<_>>());
        assert_eq!(said(&whole).is_empty(), text.starts_with("# nothing"));
    }
}

/// Instances come and go, names are others, calls are gone, and what refers to itself depends on who asks first.
#[test]
fn what_is_kept_of_a_root_module_follows_its_shape() {
    let users = |repeated: &str, name: &str| {
        format!(
            "resource \"aws_iam_user\" \"{name}\" {{\n  {repeated}\n  name = \"ci\"\n}}\n\
             resource \"aws_iam_access_key\" \"all\" {{\n  for_each = {{ for at, it in aws_iam_user.{name} : at => it.name }}\n  \
             user     = each.value\n}}\n"
        )
    };
    let call = |name: &str, repeated: &str| {
        format!("module \"{name}\" {{\n  source = \"../modules/key\"\n  {repeated}\n}}\n")
    };
    let locals = |last: &str| {
        let chain = "first = local.second\n  second = local.third\n";
        format!("locals {{\n  {chain}  third = {last}\n}}\noutput \"first\" {{\n  value = local.first\n}}\n")
    };
    let roles = |name: &str| {
        let role = |label: &str, name: &str| {
            format!("resource \"aws_iam_role\" \"{label}\" {{\n  name = {name}\n}}\n")
        };
        format!("{}{}", role("a", "aws_iam_role.b.name"), role("b", name))
    };
    let states = [
        users("count = 2", "ci"),
        users("count = 3", "ci"),
        users("count = 1", "ci"),
        users("count = 2", "robot"),
        users("for_each = toset([\"x\", \"y\"])", "robot"),
        users("for_each = toset([\"y\", \"z\"])", "robot"),
        call("one", ""),
        call("one", "count = 2"),
        format!("{}{}", call("two", ""), call("one", "count = 2")),
        call("two", ""),
        call("one", "count = 3"),
        locals("\"hunter2-Secret-9981\""),
        locals("local.first"),
        locals("[local.first]"),
        locals("\"again\""),
        roles("\"b\""),
        roles("aws_iam_role.a.name"),
        roles("\"c\""),
        format!("{}{}{}", users("count = 2", "ci"), locals("local.none"), roles("local.first")),
    ];
    let files = [("modules/key/main.tf", KEY), ("live/main.tf", ""), ("live/other.tf", "# nothing\n")];
    let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
    let mut playground = Playground::new(files.into(), 41);
    for text in states.iter().chain(states.iter().rev()) {
        for shifted in [text.clone(), format!("# a comment\n{text}")] {
            playground.put("live/main.tf", shifted);
            playground.compare();
            playground.workspace.prepare(&|| false);
        }
    }
}

/// All fixtures at once, or the repository that `KEYWARD_ESTATE` names, for as many edits as wanted.
#[test]
#[ignore = "takes minutes"]
fn a_large_repository_is_edited() {
    let number = |name: &str, usual: usize| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
    };
    let files = match std::env::var_os("KEYWARD_ESTATE") {
        Some(dir) => files_below(Path::new(&dir)),
        None => testdata("rules"),
    };
    edit(files, number("KEYWARD_SEED", 1) as u64, number("KEYWARD_EDITS", 1_000));
}

/// The same where somebody types in one file after the other.
#[test]
#[ignore = "takes minutes"]
fn files_of_a_large_repository_are_worked_on() {
    let number = |name: &str, usual: usize| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
    };
    let files = match std::env::var_os("KEYWARD_ESTATE") {
        Some(dir) => files_below(Path::new(&dir)),
        None => testdata("rules"),
    };
    work(files, number("KEYWARD_SEED", 1) as u64, number("KEYWARD_EDITS", 1_000) / 10);
}

/// How long the repository that `KEYWARD_ESTATE` names takes after each change, and how much memory.
#[test]
#[ignore = "measures"]
fn speed() {
    let dir = std::env::var_os("KEYWARD_ESTATE").expect("a repository");
    let edits = std::env::var("KEYWARD_EDITS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000);
    let mut playground = Playground::new(files_below(Path::new(&dir)), 1);
    let start = Instant::now();
    let findings = playground.report().findings.len();
    println!("opened in {:?}, {findings} findings, {} MB", start.elapsed(), resident());
    let mut taken: Vec<(Duration, String)> = Vec::new();
    let mut first: Vec<(Duration, String)> = Vec::new();
    while taken.len() < edits {
        playground.visit(|playground, path| {
            let workspace = &mut playground.workspace;
            let before: HashSet<_> = workspace.models().iter().map(Arc::as_ptr).collect();
            let start = Instant::now();
            workspace.glance(&|| false).expect("nobody cancels");
            first.push((start.elapsed(), path.to_owned()));
            workspace.analyse(&|| false).expect("nobody cancels");
            let elapsed = start.elapsed();
            let new = workspace.models().iter().filter(|model| !before.contains(&Arc::as_ptr(model))).count();
            taken.push((elapsed, format!("{path}, {new} root modules")));
            workspace.prepare(&|| false);
        });
        if taken.len().is_multiple_of(200) {
            println!("{} edits, {} MB", taken.len(), resident());
        }
    }
    show("the whole", &mut taken);
    show("a first answer", &mut first);
}

#[allow(clippy::print_stdout, reason = "it measures")]
fn show(what: &str, taken: &mut [(Duration, String)]) {
    taken.sort();
    let at = |part: usize| &taken[(taken.len() * part / 1_000).min(taken.len() - 1)];
    for part in [100, 500, 750, 800, 900, 950, 980, 990, 1_000] {
        println!("{what}: p{} {:?} {}", part as f64 / 10.0, at(part).0, at(part).1);
    }
}

/// Megabytes of this process.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or_default() * 4 / 1_024
}
