use super::*;
use crate::source::Tree;
use proptest::prelude::*;
use std::fs;

fn names(file: &CodeOwners, path: &str) -> Vec<String> {
    file.owners_of(path).into_iter().map(|owner| owner.name).collect()
}

fn github(text: &str) -> CodeOwners {
    CodeOwners::parse(text, Dialect::GitHub)
}

#[test]
fn the_last_line_that_matches_wins() {
    let file = github(
        "* @acme/all\n/infra/ @acme/platform @acme/sre # both\n/infra/legacy/\n*.tfvars ops@acme.example\n",
    );
    assert_eq!(names(&file, "main.tf"), ["@acme/all"]);
    assert_eq!(names(&file, "infra/a/main.tf"), ["@acme/platform", "@acme/sre"]);
    assert_eq!(names(&file, "infra/legacy/main.tf"), Vec::<String>::new());
    assert_eq!(names(&file, "infra/legacy/x.tfvars"), ["ops@acme.example"]);
    assert!(file.owners_of("main.tf")[0].is_catch_all);
    let owner = &file.owners_of("/infra/main.tf")[1];
    assert!(!owner.is_catch_all);
    assert_eq!(owner.line, 2);
    assert_eq!(&file.text[owner.span.clone()], "/infra/ @acme/platform @acme/sre");
    assert_eq!(file.all_owners(), ["@acme/all", "@acme/platform", "@acme/sre", "ops@acme.example"]);
}

#[test]
fn patterns_follow_the_forge() {
    let hit = |pattern: &str, path: &str| !github(&format!("{pattern} @a")).owners_of(path).is_empty();
    for (pattern, path, expected) in [
        ("*.tf", "a/b/main.tf", true),
        ("*.tf", "main.tfvars", false),
        ("/*.tf", "main.tf", true),
        ("/*.tf", "a/main.tf", false),
        ("apps/", "x/apps/y/main.tf", true),
        ("/apps/", "x/apps/main.tf", false),
        ("apps/", "apps", false),
        ("apps", "x/apps/main.tf", true),
        ("docs/*", "docs/a.md", true),
        ("docs/*", "docs/b/a.md", false),
        ("docs/*", "x/docs/a.md", false),
        ("docs/**", "docs/b/a.md", true),
        ("**/x", "a/b/x/main.tf", true),
        ("a/**/b.tf", "a/b.tf", true),
        ("a/**/b.tf", "a/x/y/b.tf", true),
        ("a/b", "x/a/b", false),
        ("/a\\ b/", "a b/main.tf", true),
        ("/app/[id]/", "app/[id]/main.tf", true),
        ("/app/[id]/", "app/i/main.tf", false),
        ("/{a,b}/", "a/main.tf", false),
        ("ma?n.tf", "x/main.tf", true),
        ("Main.tf", "main.tf", false),
    ] {
        assert_eq!(hit(pattern, path), expected, "{pattern} on {path}");
    }
}

#[test]
fn what_has_no_effect_is_a_problem() {
    let file = github("/a/ @acme/a\n!/a/b/ @acme/b\n/a/ payments\n/c/ @a @@\n");
    assert_eq!(names(&file, "a/b/main.tf"), ["@acme/a"]);
    let told: Vec<_> = file.problems.iter().map(|problem| (problem.line, problem.message.as_str())).collect();
    assert_eq!(
        told,
        [
            (2, "GitHub does not support `!`, the line has no effect"),
            (3, "`payments` is no owner: write `@user`, `@org/team` or an address"),
            (4, "`@@` is no owner: write `@user`, `@org/team` or an address"),
        ]
    );
    assert_eq!(&file.text[file.problems[1].span.clone()], "/a/ payments");
}

#[test]
fn gitlab_sections_each_have_their_say() {
    let text = "* @all\n\n[Infra][2] @infra/team\n*.tf\n/db/*.tf @dba\n!/db/skip.tf\n/db/skip.tf @dba\n\n^[Security]\n/db/ @@maintainer @sec\n[infra]\n/late.tf @late\n";
    let file = CodeOwners::parse(text, Dialect::GitLab);
    assert_eq!(file.problems, []);
    assert_eq!(names(&file, "x/main.tf"), ["@all", "@infra/team"]);
    assert_eq!(names(&file, "db/main.tf"), ["@all", "@dba", "@@maintainer", "@sec"]);
    assert_eq!(names(&file, "db/skip.tf"), ["@all", "@@maintainer", "@sec"]);
    assert_eq!(names(&file, "late.tf"), ["@all", "@late"]);
    let owner = &file.owners_of("x/main.tf")[1];
    assert_eq!((owner.line, owner.section.as_str(), &text[owner.span.clone()]), (4, "infra", "*.tf"));
    assert_eq!(Dialect::guess(Path::new("CODEOWNERS"), text), Dialect::GitLab);
    assert_eq!(Dialect::guess(Path::new("CODEOWNERS"), "* @a\n/[id]/x @b"), Dialect::GitHub);
    assert_eq!(Dialect::guess(Path::new("x/.gitlab/CODEOWNERS"), "* @a"), Dialect::GitLab);
}

#[test]
fn the_nearest_file_up_to_the_repository_root_is_loaded() {
    let temp = tempfile::tempdir().unwrap();
    let repo = temp.path().canonicalize().unwrap().join("repo");
    fs::create_dir_all(repo.join("infra/prod")).unwrap();
    fs::create_dir_all(repo.join(".github")).unwrap();
    fs::write(temp.path().join("CODEOWNERS"), "* @outside").unwrap();
    fs::write(repo.join("CODEOWNERS"), "* @second").unwrap();
    fs::write(repo.join(".github/CODEOWNERS"), "\u{feff}/infra/ @acme/infra\r\n").unwrap();
    assert!(
        CodeOwners::load(&Tree::from(&repo), &repo.join("infra")).is_none(),
        "nothing bounds the search without a repository"
    );
    fs::write(repo.join(".git"), "gitdir: elsewhere").unwrap();

    let file = CodeOwners::load(&Tree::from(&repo), &repo.join("infra/prod")).unwrap();
    assert_eq!(file.base, repo);
    let owners = file.owners_of_file(&repo.join("infra/prod/main.tf"));
    assert_eq!((owners[0].name.as_str(), owners[0].line), ("@acme/infra", 1));
    assert_eq!(&file.text[owners[0].span.clone()], "/infra/ @acme/infra");
    assert_eq!(file.owners_of_file(temp.path()), []);
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "\\PC*", path in "\\PC*") {
        for dialect in [Dialect::GitHub, Dialect::GitLab] {
            CodeOwners::parse(&text, dialect).owners_of(&path);
        }
    }

    #[test]
    fn near_files_are_survived(
        lines in proptest::collection::vec("[!^/ ]?[\\[\\]a*?{}\\\\!/.é\u{2003}]{0,8}[ \t\u{2003}]{0,2}(@|@@|@a/b|a@b|x|#)?(\u{2003}| )?(@a)?\r?", 0..8),
        path in "[a/.é]{0,8}",
    ) {
        let text = lines.join("\n");
        for dialect in [Dialect::GitHub, Dialect::GitLab] {
            let file = CodeOwners::parse(&text, dialect);
            for owner in file.owners_of(&path) {
                prop_assert!(text.get(owner.span).is_some());
            }
            for (_, owner) in file.owner_lines() {
                prop_assert_eq!(&text[owner.span()], owner.get_ref());
            }
            for problem in &file.problems {
                prop_assert!(text.get(problem.span.clone()).is_some());
            }
        }
    }
}
