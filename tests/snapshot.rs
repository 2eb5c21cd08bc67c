//! A revision in a git repository is analysed like a directory with the same files.

mod support;

use keyward::analysis::{Analysis, Settings, analyse};
use keyward::diagnostic::Applicability;
use keyward::fix;
use keyward::git::{GitError, Repository};
use keyward::report::{Format, HumanOptions, ScanReport};
use keyward::rules;
use keyward::source::{Item, Snapshot, Tree};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use support::{Built, Thing, files_of};

fn today() -> jiff::civil::Date {
    jiff::civil::date(2026, 11, 22)
}

fn json(analysis: &Analysis) -> String {
    let rules: Vec<_> = rules::all().iter().map(|rule| rule.info()).collect();
    let report = ScanReport {
        sources: &analysis.sources,
        findings: &analysis.findings,
        gaps: &analysis.gaps,
        rules: &rules,
        redactions: &analysis.redactions,
        stats: analysis.stats,
        hidden: analysis.hidden,
        today: today().to_string(),
        fail_on: None,
    };
    Format::Json.render(&report, &HumanOptions::default())
}

fn scan(tree: &Tree) -> Analysis {
    let settings = Settings::of(tree).expect("a valid configuration");
    analyse(tree, &settings, today()).expect("readable")
}

fn committed(things: Vec<(String, Thing)>) -> (Built, Arc<Snapshot>) {
    let mut built = Built::new();
    let id = built.commit_of(things, &[]);
    let repository = Repository::discover(&built.path()).expect("a repository");
    let commit = repository.commit(&id).expect("there");
    let snapshot = repository.snapshot(&commit).expect("readable");
    (built, snapshot)
}

fn testdata(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(path)
}

/// The directory is copied, so that no repository around it takes part.
fn on_disk(dir: &Path) -> (tempfile::TempDir, Tree) {
    let temp = tempfile::tempdir().expect("a directory");
    for (path, thing) in files_of(dir) {
        let Thing::File(bytes) = thing else { continue };
        let path = temp.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("created");
        std::fs::write(path, bytes).expect("written");
    }
    std::fs::create_dir(temp.path().join(".git")).expect("created");
    let tree = Tree::from(temp.path());
    (temp, tree)
}

#[test]
fn a_commit_gives_what_the_directory_gives() {
    for name in ["demo", "rules/nhi-missing-owner", "rules/waiver-unused", "rules/secret-in-workload-env"] {
        let (_temp, disk) = on_disk(&testdata(name));
        let (_built, snapshot) = committed(files_of(&testdata(name)));
        let (left, right) = (scan(&disk), scan(&Tree::snapshot(snapshot, "")));
        assert!(!left.sources.is_empty(), "{name}");
        assert_eq!(json(&left), json(&right), "{name}");
    }
}

#[test]
fn a_directory_of_a_commit_has_the_configuration_and_owners_above_it() {
    let top = testdata("demo");
    let (_temp, disk) = on_disk(&top);
    let (_built, snapshot) = committed(files_of(&top));
    let Tree::Disk(path) = &disk else { unreachable!("it is on disk") };
    let left = scan(&Tree::Disk(path.join("platform")));
    let right = scan(&Tree::snapshot(snapshot.clone(), "platform"));
    assert_eq!(json(&left), json(&right));
    let settings = Settings::of(&Tree::snapshot(snapshot, "platform")).expect("valid");
    assert_eq!(settings.config_dir.as_deref(), Some(Path::new("")));
}

#[test]
fn links_lead_within_the_commit_and_submodules_are_gaps() {
    let file = |text: &str| Thing::File(text.as_bytes().to_vec());
    let things = vec![
        (
            "live/main.tf".into(),
            file("locals {\n  text = file(\"linked/motd\")\n}\noutput \"text\" {\n  value = local.text\n}\n"),
        ),
        ("live/same.tf".into(), Thing::Link("../shared/same.tf")),
        ("live/out.tf".into(), Thing::Link("../../elsewhere.tf")),
        ("live/none.tf".into(), Thing::Link("gone.tf")),
        ("live/loop.tf".into(), Thing::Link("loop.tf")),
        ("live/linked".into(), Thing::Link("../shared")),
        ("live/vendor".into(), Thing::Submodule),
        ("shared/same.tf".into(), file("resource \"aws_iam_user\" \"robot\" {\n  name = \"robot\"\n}\n")),
        ("shared/motd".into(), file("hello")),
    ];
    let (_built, snapshot) = committed(things);
    let whole = scan(&Tree::snapshot(snapshot.clone(), ""));
    assert_eq!(whole.stats.identities, 2, "the file and the link to it");
    let messages: Vec<_> = whole.gaps.iter().map(|gap| gap.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "`live/loop.tf` is a symlink to nothing",
            "`live/none.tf` is a symlink to nothing",
            "`live/vendor` is a git submodule, whose files are not in this repository",
            "`live/out.tf` is a symlink out of the scanned directory and was not read",
            "`linked/motd` is not among the scanned files",
        ]
    );
    let part = scan(&Tree::snapshot(snapshot, "live"));
    assert_eq!(part.stats.identities, 0, "what is outside of the scanned directory is not read");
}

#[test]
fn fixes_are_made_in_memory_of_a_commit() {
    let text =
        "# keyward: ignore[nhi-missing-owner] until=2999-01-31 reason=\"nothing to accept\"\nlocals {}\n";
    let (_built, snapshot) = committed(vec![("a/main.tf".into(), Thing::File(text.into()))]);
    let tree = Tree::snapshot(snapshot, "a");
    let before = scan(&tree);
    let settings = Settings::default();
    let outcome =
        fix::repair(&before, &tree, &settings, today(), Applicability::Safe, &|_| true).expect("readable");
    let [change] = &outcome.changes[..] else { panic!("{outcome:?}") };
    assert_eq!((change.path.as_str(), change.absolute.as_path()), ("main.tf", Path::new("a/main.tf")));
    assert_eq!(&*change.after, b"locals {}\n");
}

#[test]
fn any_store_of_bytes_will_do() {
    let blobs = BTreeMap::from([("1".to_string(), b"locals {}\n".to_vec())]);
    let item = |blob: &str| Item::File { blob: blob.to_string() };
    let items = BTreeMap::from([("main.tf".to_string(), item("1")), ("gone.tf".to_string(), item("2"))]);
    let tree = Tree::snapshot(Arc::new(Snapshot::new(items, Arc::new(blobs))), "");
    let analysis = scan(&tree);
    assert_eq!(analysis.sources.len(), 1);
    assert_eq!(analysis.gaps[0].message, "cannot read gone.tf: there is no such object");
    assert!(analyse(Tree::snapshot(Arc::default(), "nowhere"), &Settings::default(), today()).is_err());
}

#[test]
fn what_is_wrong_with_a_repository_is_said() {
    let temp = tempfile::tempdir().expect("a directory");
    let error = Repository::discover(temp.path()).expect_err("no repository");
    assert!(matches!(error, GitError::NoRepository { .. }), "{error}");

    let mut built = Built::new();
    let first = built.commit(&[("main.tf", "locals {}\n")], &[]);
    let second = built.commit(&[("main.tf", "locals {\n}\n")], &[&first]);
    let side = built.commit(&[("side.tf", "locals {}\n")], &[&first]);
    let alone = built.commit(&[("alone.tf", "locals {}\n")], &[]);
    built.branch("main", &second);
    let repository = Repository::discover(&built.path()).expect("a repository");
    let commit = |rev: &str| repository.commit(rev).expect("there");
    assert_eq!(commit("HEAD").id, second);
    assert_eq!(commit("main~1").id, first);
    assert_eq!(commit(&first[..12]).title, "A change");
    assert_eq!(repository.merge_base(&commit("main"), &commit(&side)).expect("there").id, first);
    let error = repository.merge_base(&commit("main"), &commit(&alone)).expect_err("unrelated");
    assert!(matches!(error, GitError::Unrelated { .. }), "{error}");
    let error = repository.commit("nowhere").expect_err("no such revision");
    assert!(matches!(error, GitError::NoRevision { .. }), "{error}");

    // As in a shallow clone: the parent is named, and is not there.
    let hidden = object_path(&built.path(), &first);
    std::fs::remove_file(&hidden).expect("there");
    std::fs::write(built.path().join("shallow"), format!("{second}\n{side}\n")).expect("written");
    let repository = Repository::discover(&built.path()).expect("a repository");
    let error = repository.commit("HEAD~1").expect_err("not in the clone");
    assert!(matches!(error, GitError::Shallow { .. }) && error.help().contains("fetch-depth: 0"), "{error}");
    let commit = |rev: &str| repository.commit(rev).expect("there");
    let error = repository.merge_base(&commit("main"), &commit(&side)).expect_err("not in the clone");
    assert!(matches!(error, GitError::Shallow { .. }), "{error}");
}

#[test]
fn damaged_objects_are_errors_and_gaps() {
    let mut built = Built::new();
    let id = built.commit(&[("main.tf", "locals {}\n"), ("a/main.tf", "locals {\n}\n")], &[]);
    let repository = Repository::discover(&built.path()).expect("a repository");
    let snapshot = repository.snapshot(&repository.commit(&id).expect("there")).expect("readable");
    let Some(Item::File { blob }) = snapshot.item("main.tf") else { panic!("it is a file") };
    std::fs::remove_file(object_path(&built.path(), blob)).expect("there");
    let analysis = scan(&Tree::snapshot(snapshot, ""));
    assert_eq!(analysis.sources.len(), 1);
    let message = &analysis.gaps[0].message;
    assert!(
        message.starts_with("cannot read main.tf: object ") && message.contains(" is missing or damaged"),
        "{message}"
    );

    for entry in walk(&built.path().join("objects")) {
        let _ = std::fs::remove_file(&entry);
        std::fs::write(&entry, "no object").expect("written");
    }
    let repository = Repository::discover(&built.path()).expect("a repository");
    assert!(repository.commit(&id).and_then(|commit| repository.snapshot(&commit)).is_err());
}

#[test]
fn a_linked_work_tree_is_a_repository() {
    let mut built = Built::new();
    let id = built.commit(&[("main.tf", "locals {}\n")], &[]);
    built.branch("main", &id);
    // What `git worktree add` writes.
    let tree = built.dir.path().join("linked");
    let administration = built.path().join("worktrees/linked");
    std::fs::create_dir_all(&tree).expect("created");
    std::fs::create_dir_all(&administration).expect("created");
    std::fs::write(tree.join(".git"), format!("gitdir: {}\n", administration.display())).expect("written");
    std::fs::write(administration.join("HEAD"), "ref: refs/heads/main\n").expect("written");
    std::fs::write(administration.join("commondir"), "../..\n").expect("written");
    std::fs::write(administration.join("gitdir"), format!("{}\n", tree.join(".git").display()))
        .expect("written");
    std::fs::create_dir(tree.join("sub")).expect("created");
    let repository = Repository::discover(&tree.join("sub")).expect("a repository");
    assert_eq!(repository.commit("HEAD").expect("there").id, id);
    assert_eq!(repository.within(&tree.join("sub")).as_deref(), Some(Path::new("sub")));
}

fn object_path(repository: &Path, id: &str) -> std::path::PathBuf {
    repository.join("objects").join(&id[..2]).join(&id[2..])
}

fn walk(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
