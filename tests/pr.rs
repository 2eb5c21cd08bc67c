//! The life of pull requests against a stateful server: opened once, kept up to date, closed when nothing is left, and
//! the same after an interruption at any request.

mod github;

use github::http::Answer;
use github::proxy::Verdict;
use github::{Hub, message, server, today};
use jiff::ToSpan;
use serde_json::json;

/// Two problems in two directories of two owners.
const CODEOWNERS: &str = "live/web/ @alice\nlive/ci/ @bob @nobody-here\n";

const WEB: &str = r#"resource "aws_iam_role" "web" {
  name               = "web"
  assume_role_policy = "{}"
}

resource "aws_iam_instance_profile" "web" {
  role = aws_iam_role.web.name
}

resource "aws_instance" "web" {
  ami                  = "ami-1"
  instance_type        = "t3.micro"
  iam_instance_profile = aws_iam_instance_profile.web.name
}
"#;

/// The same with the metadata of the instance closed to whoever has no session.
fn web_mended() -> String {
    let end = WEB.strip_suffix("}\n").expect("a block");
    format!("{end}\n  metadata_options {{\n    http_tokens = \"required\"\n  }}\n}}\n")
}

const CI: &str = r#"resource "kubernetes_service_account" "ci" {
  metadata {
    name      = "ci"
    namespace = "ci"
  }
}

resource "aws_iam_role" "runner" {
  name               = "runner"
  assume_role_policy = "{}"
}

resource "aws_iam_instance_profile" "runner" {
  role = aws_iam_role.runner.name
}

resource "aws_launch_template" "runner" {
  name = "runner"
  iam_instance_profile {
    arn = aws_iam_instance_profile.runner.arn
  }
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "optional"
  }
}
"#;

/// A repository with two things to mend, and its hub.
fn prepared() -> Hub {
    let hub = Hub::new();
    hub.commit("main", &[("CODEOWNERS", CODEOWNERS), ("live/web/main.tf", WEB), ("live/ci/main.tf", CI)]);
    hub
}

fn run(hub: &Hub) -> Vec<String> {
    match hub.run() {
        Ok(report) => report.told,
        Err(trouble) => panic!("{}", message(trouble)),
    }
}

/// Runs once more, and nothing may be written.
fn is_settled(hub: &Hub) {
    hub.proxy.pass_all();
    let told = run(hub);
    assert_eq!(hub.proxy.writes(), [""; 0], "{told:?}");
}

fn branch_of(hub: &Hub, part: &str) -> String {
    let found: Vec<String> = hub.branches().into_iter().filter(|name| name.contains(part)).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

fn number_of(hub: &Hub, branch: &str) -> u64 {
    let pulls = hub.open_pulls();
    let pull = pulls.iter().find(|pull| pull["head"]["ref"] == branch).expect("a pull request");
    pull["number"].as_u64().expect("a number")
}

/// Somebody reads the plan and merges.
fn merge(hub: &Hub, number: u64) {
    hub.send("PATCH", &format!("/pulls/{number}"), json!({ "draft": false }));
    hub.send("PUT", &format!("/pulls/{number}/merge"), json!({ "merge_method": "merge" }));
}

#[test]
fn problems_become_pull_requests_once() {
    if server::is_off() {
        return;
    }
    let hub = prepared();
    let told = run(&hub);
    assert_eq!(told.len(), 3, "{told:#?}");
    let state = hub.state();
    insta::assert_snapshot!("opened", pretty(&state));
    is_settled(&hub);
    assert_eq!(hub.state(), state);
}

fn pretty(state: &serde_json::Value) -> String {
    format!("{state:#}").replace("\\n", "\n")
}

#[test]
fn a_base_that_moves_is_followed_where_it_matters() {
    if server::is_off() {
        return;
    }
    let hub = prepared();
    run(&hub);
    // Elsewhere: nothing to do, and nobody's checks run again.
    hub.commit("main", &[("README.md", "# Read me\n")]);
    is_settled(&hub);
    // In the file: the same pull request is moved.
    let web = branch_of(&hub, "web");
    let before = hub.get(&format!("/git/ref/heads/{web}"));
    let main = hub.commit("main", &[("live/web/main.tf", &format!("# The web\n{WEB}"))]);
    hub.proxy.pass_all();
    run(&hub);
    let after = hub.get(&format!("/git/ref/heads/{web}"));
    assert_ne!(before["object"]["sha"], after["object"]["sha"]);
    let commit = hub.get(&format!("/git/commits/{}", after["object"]["sha"].as_str().expect("a sha")));
    assert_eq!(commit["parents"][0]["sha"], main.as_str());
    assert_eq!(commit["parents"].as_array().map(Vec::len), Some(1));
    assert_eq!(hub.open_pulls().len(), 2);
    is_settled(&hub);
}

#[test]
fn what_was_mended_elsewhere_is_closed_and_comes_back_when_it_does() {
    if server::is_off() {
        return;
    }
    let hub = prepared();
    run(&hub);
    let web = branch_of(&hub, "web");
    let number = number_of(&hub, &web);
    hub.commit("main", &[("live/web/main.tf", &web_mended())]);
    run(&hub);
    let pull = hub.get(&format!("/pulls/{number}"));
    assert_eq!(pull["state"], "closed");
    assert!(!hub.branches().contains(&web));
    let comments = hub.get(&format!("/issues/{number}/comments"));
    assert_eq!(comments.as_array().map(Vec::len), Some(1));
    assert!(comments[0]["body"].as_str().is_some_and(|body| body.contains("Nothing is left to do")));
    is_settled(&hub);
    // Closed by us is no answer of anybody.
    hub.commit("main", &[("live/web/main.tf", WEB)]);
    run(&hub);
    assert_eq!(hub.open_pulls().len(), 2);
    assert_ne!(number_of(&hub, &web), number);
    is_settled(&hub);
}

#[test]
fn what_was_merged_is_done() {
    if server::is_off() {
        return;
    }
    let hub = prepared();
    run(&hub);
    let web = branch_of(&hub, "web");
    let number = number_of(&hub, &web);
    merge(&hub, number);
    hub.proxy.pass_all();
    run(&hub);
    assert_eq!(hub.open_pulls().len(), 1);
    is_settled(&hub);
    // Somebody reverts it: there is something to do again.
    hub.commit("main", &[("live/web/main.tf", WEB)]);
    run(&hub);
    assert_eq!(hub.open_pulls().len(), 2);
    is_settled(&hub);
}

#[test]
fn a_branch_with_commits_of_others_is_theirs() {
    if server::is_off() {
        return;
    }
    let hub = prepared();
    run(&hub);
    let web = branch_of(&hub, "web");
    let number = number_of(&hub, &web);
    let theirs = hub.commit(&web, &[("live/web/notes.txt", "I go on from here\n")]);
    hub.commit("main", &[("live/web/main.tf", &format!("# The web\n{WEB}"))]);
    for _ in 0..2 {
        run(&hub);
        assert_eq!(hub.get(&format!("/git/ref/heads/{web}"))["object"]["sha"], theirs.as_str());
        let comments = hub.get(&format!("/issues/{number}/comments"));
        assert_eq!(comments.as_array().map(Vec::len), Some(1));
    }
    is_settled(&hub);
    // Also when nothing is left to do.
    hub.commit("main", &[("live/web/main.tf", &web_mended())]);
    run(&hub);
    assert_eq!(hub.get(&format!("/pulls/{number}"))["state"], "open");
    assert!(hub.branches().contains(&web));
    is_settled(&hub);
}

#[test]
fn closing_without_merging_is_an_answer() {
    if server::is_off() {
        return;
    }
    let hub = prepared();
    run(&hub);
    let web = branch_of(&hub, "web");
    let number = number_of(&hub, &web);
    hub.send("PATCH", &format!("/pulls/{number}"), json!({ "state": "closed" }));
    let report = hub.run().unwrap_or_else(|trouble| panic!("{}", message(trouble)));
    let until = today().checked_add(90.days()).expect("a date");
    let standings = keyward::pr::standings(&report.plan);
    assert!(
        standings.iter().any(|line| line.contains(&format!("left alone until {until}"))),
        "{standings:?}"
    );
    assert_eq!(hub.open_pulls().len(), 1);
    let dashboard = hub.get("/issues?state=open")[0]["body"].as_str().expect("a body").to_owned();
    assert!(dashboard.contains(&format!("{until}: #{number} ")), "{dashboard}");
    is_settled(&hub);
    let later = hub.run_with(false, until).unwrap_or_else(|trouble| panic!("{}", message(trouble)));
    assert!(later.told.iter().any(|line| line.contains("opened")), "{:?}", later.told);
    assert_eq!(hub.open_pulls().len(), 2);
}

#[test]
fn limits_hold_and_the_rest_waits() {
    if server::is_off() {
        return;
    }
    let hub = Hub::new();
    let dirs = ["a", "b", "c", "d"].map(|dir| (format!("live/{dir}/main.tf"), WEB.to_owned()));
    let mut files: Vec<(&str, &str)> =
        dirs.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    files.push(("keyward.toml", "[pr]\nmax-open = 3\nmax-per-run = 2\n"));
    hub.commit("main", &files);
    let report = hub.run().unwrap_or_else(|trouble| panic!("{}", message(trouble)));
    assert_eq!(hub.open_pulls().len(), 2, "{:?}", report.told);
    run(&hub);
    assert_eq!(hub.open_pulls().len(), 3);
    is_settled(&hub);
    let number = hub.open_pulls()[0]["number"].as_u64().expect("a number");
    merge(&hub, number);
    run(&hub);
    assert_eq!(hub.open_pulls().len(), 3);
}

fn twice_at_once(hub: &Hub) {
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                if let Err(trouble) = hub.run() {
                    panic!("{}", message(trouble));
                }
            });
        }
    });
    run(hub);
}

#[test]
fn two_runs_at_once_make_one_of_each() {
    if server::is_off() {
        return;
    }
    let hub = prepared();
    twice_at_once(&hub);
    let state = hub.state();
    let pulls = state["pulls"].as_array().expect("a list");
    assert_eq!(pulls.len(), 2, "{}", pretty(&state));
    let open = state["issues"].as_array().expect("a list").iter().filter(|issue| issue["state"] == "open");
    assert_eq!(open.count(), 1, "{}", pretty(&state));
    is_settled(&hub);
}

/// Where the forge takes a second pull request from a branch, the younger one goes, and is no answer of people.
#[test]
fn of_twins_one_stays() {
    if server::is_off() {
        return;
    }
    let hub = prepared();
    hub.proxy.be_lenient();
    twice_at_once(&hub);
    assert_eq!(hub.open_pulls().len(), 2);
    // A run that was stopped before it saw the other one has left this behind.
    let first = hub.open_pulls()[0].clone();
    let twin = json!({
        "title": first["title"],
        "body": first["body"],
        "head": first["head"]["ref"],
        "base": first["base"]["ref"],
    });
    let twin = hub.send("POST", "/pulls", twin)["number"].as_u64().expect("a number");
    assert_eq!(hub.open_pulls().len(), 3);
    run(&hub);
    let numbers: Vec<_> = hub.open_pulls().iter().map(|pull| pull["number"].as_u64()).collect();
    assert!(numbers.len() == 2 && !numbers.contains(&Some(twin)), "{numbers:?}");
    is_settled(&hub);
    let number = first["number"].as_u64().expect("a number");
    hub.send("PATCH", &format!("/pulls/{number}"), json!({ "state": "closed" }));
    run(&hub);
    assert_eq!(hub.open_pulls().len(), 1, "what people close stays closed");
}

/// Kills a run at its first, second, third … request, and finishes it with another.
fn interrupted(prepare: impl Fn() -> Hub, until: usize) {
    let hub = prepare();
    hub.proxy.pass_all();
    run(&hub);
    let (all, wanted) = (hub.proxy.log().len(), hub.state());
    assert!(all >= until, "{all} requests");
    for at in 1..=all {
        for lose_only_the_answer in [false, true] {
            let hub = prepare();
            let written = {
                hub.script(move |count, _| match count {
                    count if count < at => Verdict::Pass,
                    count if count == at && lose_only_the_answer => Verdict::LoseAnswer,
                    _ => Verdict::Drop,
                });
                assert!(hub.run().is_err(), "request {at} of {all}");
                hub.proxy.log().into_iter().nth(at - 1).expect("a request")
            };
            hub.proxy.pass_all();
            run(&hub);
            let state = hub.state();
            let killed = format!("killed at {at} ({} {})", written.method, written.path);
            assert_eq!(pretty(&state), pretty(&wanted), "{killed}");
            is_settled(&hub);
        }
    }
}

#[test]
fn opening_can_be_interrupted_anywhere() {
    if !server::is_off() {
        interrupted(prepared, 15);
    }
}

#[test]
fn commits_that_github_signs_can_be_interrupted_anywhere() {
    if server::is_off() {
        return;
    }
    let signing = || {
        let hub = Hub::new();
        hub.commit("main", &[("live/web/main.tf", WEB), ("keyward.toml", "[pr]\nsign = true\n")]);
        hub
    };
    interrupted(signing, 15);
    let hub = signing();
    run(&hub);
    let log = hub.proxy.log();
    assert!(
        log.iter().any(|it| it.path == "/graphql")
            && !log.iter().any(|it| it.path.ends_with("/git/blobs") && it.is_write())
    );
}

#[test]
fn following_and_closing_can_be_interrupted_anywhere() {
    if server::is_off() {
        return;
    }
    let changed = || {
        let hub = prepared();
        run(&hub);
        hub.commit(
            "main",
            &[("live/web/main.tf", &web_mended()), ("live/ci/main.tf", &format!("# CI\n{CI}"))],
        );
        hub
    };
    interrupted(changed, 10);
}

#[test]
fn a_dry_run_writes_nothing() {
    if server::is_off() {
        return;
    }
    let hub = prepared();
    let report = hub.run_with(true, today()).unwrap_or_else(|trouble| panic!("{}", message(trouble)));
    assert_eq!(hub.proxy.writes(), [""; 0]);
    assert_eq!(report.told.len(), 2);
    insta::assert_snapshot!("dry_run", report.preview);
}

/// What a run says when GitHub answers a request so.
fn said(answers: impl Fn(&str, &str) -> Option<Answer> + Send + 'static) -> String {
    let hub = prepared();
    hub.script(move |_, request| match answers(&request.method, &request.path) {
        Some(answer) => Verdict::Answer(answer),
        None => Verdict::Pass,
    });
    match hub.run() {
        Ok(report) => report.notes.join("\n"),
        Err(trouble) => message(trouble).replace(&hub.name, "infra"),
    }
}

fn refuse(
    method: &'static str,
    part: &'static str,
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    text: &'static str,
) -> impl Fn(&str, &str) -> Option<Answer> + Send + 'static {
    move |asked, path| {
        let hit = asked == method
            && path.split('?').next().is_some_and(|path| path.ends_with(part) || part.is_empty());
        hit.then(|| {
            Answer::new(
                status,
                headers,
                &json!({ "message": text, "documentation_url": "https://docs.github.com" }),
            )
        })
    }
}

#[test]
fn failures_say_what_to_do() {
    if server::is_off() {
        return;
    }
    let needs: &[(&str, &str)] = &[("x-accepted-github-permissions", "contents=write")];
    let pulls: &[(&str, &str)] = &[("x-accepted-github-permissions", "pull_requests=write")];
    let sso: &[(&str, &str)] = &[("x-github-sso", "required; url=https://github.com/orgs/acme/sso")];
    let cases = [
        ("token expired", said(refuse("GET", "", 401, &[], "Bad credentials"))),
        ("not there", said(refuse("GET", "", 404, &[], "Not Found"))),
        ("blocked", said(refuse("GET", "", 451, &[], "Repository access blocked"))),
        (
            "single sign-on",
            said(refuse("GET", "", 403, sso, "Resource protected by organization SAML enforcement.")),
        ),
        (
            "permission",
            said(refuse("POST", "/git/blobs", 403, needs, "Resource not accessible by integration")),
        ),
        (
            "pull requests",
            said(refuse("POST", "/pulls", 403, pulls, "Resource not accessible by personal access token")),
        ),
        (
            "workflow",
            said(refuse(
                "POST",
                "/pulls",
                403,
                &[],
                "GitHub Actions is not permitted to create or approve pull requests.",
            )),
        ),
        (
            "protected",
            said(refuse(
                "POST",
                "/git/refs",
                422,
                &[],
                "Repository rule violations found\n\nCannot create ref",
            )),
        ),
        (
            "archived",
            said(refuse("POST", "/git/blobs", 403, &[], "Repository was archived so is read-only.")),
        ),
        ("empty", said(refuse("GET", "/git/ref/heads/main", 409, &[], "Git Repository is empty."))),
        ("conflict", said(refuse("POST", "/git/trees", 409, &[], "Conflict"))),
        ("invalid", said(refuse("POST", "/git/commits", 422, &[], "Validation Failed"))),
        ("server", said(refuse("POST", "/git/trees", 502, &[], ""))),
        ("dashboard", said(refuse("POST", "/issues", 410, &[], "Issues are disabled for this repo"))),
        (
            "primary limit",
            said(refuse(
                "GET",
                "/pulls",
                403,
                &[
                    ("x-ratelimit-remaining", "0"),
                    ("x-ratelimit-reset", "1795351000"),
                    ("date", "Sun, 22 Nov 2026 10:00:00 GMT"),
                ],
                "API rate limit exceeded for user ID 1.",
            )),
        ),
        (
            "secondary limit",
            said(refuse(
                "POST",
                "/git/blobs",
                403,
                &[("retry-after", "60")],
                "You have exceeded a secondary rate limit.",
            )),
        ),
    ];
    let text: Vec<String> = cases.iter().map(|(name, said)| format!("{name}:\n{said}\n")).collect();
    insta::assert_snapshot!("failures", text.join("\n"));
}

#[test]
fn what_passes_is_waited_for() {
    if server::is_off() {
        return;
    }
    let hub = prepared();
    let seen = std::sync::Mutex::new(std::collections::HashSet::new());
    // Each request fails once: by a limit, by the server, or by the connection.
    hub.script(move |_, request| {
        let key = format!("{} {} {}", request.method, request.path, String::from_utf8_lossy(&request.body));
        let mut seen = seen.lock().expect("a lock");
        if !seen.insert(key) {
            return Verdict::Pass;
        }
        match seen.len() % 3 {
            0 => Verdict::Answer(Answer::new(
                429,
                &[("retry-after", "0")],
                &json!({ "message": "secondary rate limit" }),
            )),
            1 => Verdict::Answer(Answer::new(503, &[], &json!({}))),
            _ => Verdict::LoseAnswer,
        }
    });
    run(&hub);
    assert_eq!(hub.open_pulls().len(), 2);
    is_settled(&hub);
}

#[test]
fn a_repository_that_was_renamed_is_found() {
    if server::is_off() {
        return;
    }
    let hub = prepared();
    let new = hub.path("");
    let old = "/repos/octocat/old-name";
    let address = hub.proxy.address();
    hub.script(move |_, request| match request.path == old {
        true => {
            let location = format!("{address}{new}");
            let body = json!({ "message": "Moved Permanently", "url": location });
            Verdict::Answer(Answer::new(301, &[("location", &location)], &body))
        }
        false => Verdict::Pass,
    });
    let mut client = hub.client_named("octocat/old-name");
    let run = keyward::pr::Run {
        about: &keyward::pr::Findings,
        client: Some(&mut client),
        checkout: None,
        scope: String::new(),
        base: None,
        adjust: &|_| {},
        selected: false,
        dry: true,
        today: today(),
    };
    let report = keyward::pr::run(run).unwrap_or_else(|trouble| panic!("{}", message(trouble)));
    assert_eq!(report.notes, [format!("octocat/old-name is called octocat/{} now", hub.name)]);
}

#[test]
fn an_archived_repository_is_left_alone() {
    if server::is_off() {
        return;
    }
    let hub = prepared();
    let repository = hub.path("");
    hub.script(move |_, request| match request.path == repository {
        true => {
            let body = json!({ "full_name": "octocat/infra", "default_branch": "main", "archived": true });
            Verdict::Answer(Answer::new(200, &[], &body))
        }
        false => Verdict::Pass,
    });
    let trouble = hub.run().map(drop).map_err(message).expect_err("it can only be read");
    assert!(trouble.contains("octocat/infra is archived"), "{trouble}");
    assert_eq!(hub.proxy.log().len(), 1);
}

/// The first page of every list is empty, and the second holds everything.
#[test]
fn lists_are_read_to_their_end() {
    if server::is_off() {
        return;
    }
    let hub = prepared();
    run(&hub);
    let state = hub.state();
    let address = hub.proxy.address();
    hub.script(move |_, request| {
        if request.method != "GET"
            || !request.path.contains("per_page=100")
            || request.path.contains("&page=")
        {
            return Verdict::Pass;
        }
        let link = format!("<{address}{}&page=1>; rel=\"next\"", request.path);
        Verdict::Answer(Answer::new(200, &[("link", &link)], &json!([])))
    });
    run(&hub);
    assert_eq!(hub.proxy.writes(), [""; 0]);
    assert_eq!(hub.state(), state);
}

#[test]
fn a_branch_that_is_not_there_is_named() {
    if server::is_off() {
        return;
    }
    let hub = prepared();
    let mut client = hub.client();
    let run = keyward::pr::Run {
        about: &keyward::pr::Findings,
        client: Some(&mut client),
        checkout: None,
        scope: String::new(),
        base: Some("master".into()),
        adjust: &|_| {},
        selected: false,
        dry: true,
        today: today(),
    };
    let trouble = keyward::pr::run(run).map(drop).map_err(message).expect_err("no such branch");
    assert!(trouble.contains("its default branch is `main`"), "{trouble}");
}

fn run_as_app(hub: &Hub, key: &str) -> Result<keyward::pr::Report, String> {
    let mut client = hub.client_of_app(key);
    let run = keyward::pr::Run {
        about: &keyward::pr::Findings,
        client: Some(&mut client),
        checkout: None,
        scope: String::new(),
        base: None,
        adjust: &|_| {},
        selected: false,
        dry: false,
        today: today(),
    };
    keyward::pr::run(run).map_err(message)
}

#[test]
fn an_app_gets_itself_a_token_and_names_no_author() {
    if server::is_off() {
        return;
    }
    let hub = prepared();
    let report = run_as_app(&hub, server::APP_KEY).unwrap_or_else(|message| panic!("{message}"));
    assert_eq!(hub.open_pulls().len(), 2, "{:?}", report.notes);
    let log = hub.proxy.log();
    let commit = log.iter().find(|it| it.path.ends_with("/git/commits") && it.is_write()).expect("a commit");
    let body = commit.json();
    assert!(body.get("author").is_none() && body.get("committer").is_none());
    // The token is asked for once, and the statement is sent nowhere else.
    let asked: Vec<&str> =
        log.iter().map(|it| it.path.as_str()).filter(|it| it.contains("installation")).collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    // After an hour it has ended: a new one is asked for.
    let seen = std::sync::atomic::AtomicBool::new(false);
    hub.script(move |at, request| {
        let late = at > 5
            && !seen.load(std::sync::atomic::Ordering::Relaxed)
            && !request.path.contains("installation");
        match late {
            true => {
                seen.store(true, std::sync::atomic::Ordering::Relaxed);
                Verdict::Answer(Answer::new(401, &[], &json!({ "message": "Bad credentials" })))
            }
            false => Verdict::Pass,
        }
    });
    run_as_app(&hub, server::APP_KEY).unwrap_or_else(|message| panic!("{message}"));
    let asked = hub.proxy.log().iter().filter(|it| it.path.contains("access_tokens")).count();
    assert_eq!(asked, 2);
}

#[test]
fn a_key_that_is_none_is_named_and_not_shown() {
    if server::is_off() {
        return;
    }
    let hub = prepared();
    let said =
        run_as_app(&hub, "-----BEGIN RSA PRIVATE KEY-----\nbm90IGEga2V5\n-----END RSA PRIVATE KEY-----")
            .expect_err("no key");
    assert!(said.contains("cannot be read") && !said.contains("bm90"), "{said}");
}

fn checkout() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    for (path, text) in [("CODEOWNERS", CODEOWNERS), ("live/web/main.tf", WEB), ("live/ci/main.tf", CI)] {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }
    dir
}

#[test]
fn a_checkout_saves_downloads_and_the_base_counts() {
    if server::is_off() {
        return;
    }
    let hub = prepared();
    let dir = checkout();
    let run = |mut client: keyward::forge::Client| {
        let run = keyward::pr::Run {
            about: &keyward::pr::Findings,
            client: Some(&mut client),
            checkout: Some(dir.path().to_path_buf()),
            scope: "live".into(),
            base: None,
            adjust: &|_| {},
            selected: false,
            dry: true,
            today: today(),
        };
        keyward::pr::run(run).unwrap_or_else(|trouble| panic!("{}", message(trouble)))
    };
    let downloads = || hub.proxy.log().iter().filter(|it| it.path.contains("/git/blobs/")).count();
    let report = run(hub.client());
    assert_eq!((downloads(), report.notes.len()), (0, 0), "{:?}", report.notes);
    let preview = report.preview;
    // What is different here is not what would be merged.
    std::fs::write(dir.path().join("live/web/main.tf"), web_mended()).expect("a file");
    let report = run(hub.client());
    assert_eq!(downloads(), 1);
    assert_eq!(report.notes, ["1 file differs between the checkout and main: what is on GitHub counts"]);
    assert_eq!(report.preview, preview);
}

#[test]
fn a_checkout_can_be_looked_at_without_asking_anybody() {
    let dir = checkout();
    gix::init(dir.path()).expect("a repository");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_keyward"))
        .args(["pr", "--dry-run", "--today", "2026-11-22"])
        .arg(dir.path().join("live"))
        .env_remove("GITHUB_TOKEN")
        .env_remove("GH_TOKEN")
        .env_remove("GITHUB_REPOSITORY")
        .output()
        .expect("it runs");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{err}");
    assert!(out.contains("open as a draft: "), "{out}");
    assert!(err.contains("nothing was asked of GitHub"), "{err}");
}

#[test]
fn without_a_token_nothing_is_done() {
    let dir = checkout();
    gix::init(dir.path()).expect("a repository");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_keyward"))
        .args(["pr", "--repo", "octocat/infra"])
        .arg(dir.path())
        .env_remove("GITHUB_TOKEN")
        .env_remove("GH_TOKEN")
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(err.contains("there is no token for GitHub"), "{err}");
}
