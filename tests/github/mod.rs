//! A GitHub on this machine: a stateful server from npm behind a proxy of ours, which records, refuses and breaks.

#![allow(dead_code, reason = "each test uses its part")]

pub mod contract;
pub mod http;
pub mod proxy;
pub mod server;

use http::{Answer, Request};
use keyward::forge::{App, Auth, Client, Limits, Settings};
use keyward::pr::{Report, Run, Trouble};
use proxy::{Proxy, Verdict};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The account that owns everything.
pub const OWNER: &str = "octocat";

pub fn today() -> jiff::civil::Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// A repository of its own for each test, and a proxy before the server.
pub struct Hub {
    pub proxy: Proxy,
    pub name: String,
}

static COUNT: AtomicUsize = AtomicUsize::new(0);

impl Hub {
    pub fn new() -> Self {
        let server = server::shared();
        let name = format!("infra-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let hub = Hub { proxy: Proxy::start(server), name };
        let made = hub.direct("POST", "/user/repos", Some(json!({ "name": hub.name, "auto_init": true })));
        assert_eq!(made.status, 201, "{}", made.text());
        hub
    }

    /// A request that the proxy does not see.
    pub fn direct(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        http::send(&Request::new(method, path, body), server::shared())
    }

    pub fn path(&self, rest: &str) -> String {
        format!("/repos/{OWNER}/{}{rest}", self.name)
    }

    pub fn get(&self, rest: &str) -> Value {
        let answer = self.direct("GET", &self.path(rest), None);
        assert!(answer.status < 300, "{rest}: {} {}", answer.status, answer.text());
        answer.json()
    }

    pub fn send(&self, method: &str, rest: &str, body: Value) -> Value {
        let answer = self.direct(method, &self.path(rest), Some(body));
        assert!(answer.status < 300, "{rest}: {} {}", answer.status, answer.text());
        answer.json()
    }

    /// Somebody commits to a branch. An empty text deletes nothing; files are only added or changed.
    pub fn commit(&self, branch: &str, files: &[(&str, &str)]) -> String {
        let head = self.get(&format!("/git/ref/heads/{branch}"))["object"]["sha"].clone();
        let commit = self.get(&format!("/git/commits/{}", head.as_str().expect("a sha")));
        let entry = |(path, text): &(&str, &str)| json!({ "path": path, "mode": "100644", "type": "blob", "content": text });
        let tree: Vec<Value> = files.iter().map(entry).collect();
        let tree =
            self.send("POST", "/git/trees", json!({ "base_tree": commit["tree"]["sha"], "tree": tree }));
        let body = json!({ "message": "By a person", "tree": tree["sha"], "parents": [head] });
        let made = self.send("POST", "/git/commits", body);
        self.send("PATCH", &format!("/git/refs/heads/{branch}"), json!({ "sha": made["sha"] }));
        made["sha"].as_str().expect("a sha").to_owned()
    }

    pub fn client(&self) -> Client {
        self.connect(&format!("{OWNER}/{}", self.name), limits())
    }

    pub fn client_named(&self, name: &str) -> Client {
        self.connect(name, limits())
    }

    fn connect(&self, name: &str, limits: Limits) -> Client {
        self.connect_as(name, limits, Auth::token(&format!("ghp_none-{}", self.name)).expect("a token"))
    }

    pub fn client_of_app(&self, key: &str) -> Client {
        let app = App { id: server::APP_ID.to_string(), installation: None, key: key.into() };
        self.connect_as(&format!("{OWNER}/{}", self.name), limits(), Auth::App(app))
    }

    fn connect_as(&self, name: &str, limits: Limits, auth: Auth) -> Client {
        let settings = Settings {
            api: self.proxy.address(),
            repository: name.parse().expect("a name"),
            auth,
            limits,
            now: || jiff::Timestamp::now().as_second(),
        };
        Client::new(settings).expect("a client")
    }

    pub fn run(&self) -> Result<Report, Trouble> {
        self.run_with(false, today())
    }

    pub fn run_with(&self, dry: bool, today: jiff::civil::Date) -> Result<Report, Trouble> {
        let mut client = self.client();
        keyward::pr::run(Run {
            about: &keyward::pr::Findings,
            client: Some(&mut client),
            checkout: None,
            scope: String::new(),
            base: None,
            adjust: &|_| {},
            selected: false,
            dry,
            today,
        })
    }

    /// What people see: pull requests, branches, labels, comments and issues, without ids and times.
    pub fn state(&self) -> Value {
        let mut pulls = self.get("/pulls?state=all&per_page=100");
        let pulls: Vec<Value> = pulls
            .as_array_mut()
            .expect("a list")
            .iter_mut()
            .map(|pull| {
                let number = pull["number"].clone();
                let labels = self.get(&format!("/issues/{number}/labels"));
                let full = self.get(&format!("/pulls/{number}"));
                let comments = self.get(&format!("/issues/{number}/comments?per_page=100"));
                json!({
                    "title": pull["title"],
                    "state": pull["state"],
                    "draft": pull["draft"],
                    "branch": pull["head"]["ref"],
                    "body": without_ids(pull["body"].as_str().unwrap_or_default()),
                    "labels": names(&labels, "name"),
                    "reviewers": names(&full["requested_reviewers"], "login"),
                    "comments": names(&comments, "body"),
                    "files": self.files(pull["head"]["ref"].as_str().unwrap_or_default()),
                })
            })
            .collect();
        let mut pulls = pulls;
        pulls.sort_by_key(|pull| pull["branch"].to_string());
        let issues = self.get("/issues?state=all&per_page=100");
        let issues: Vec<Value> = issues
            .as_array()
            .expect("a list")
            .iter()
            .map(|issue| json!({ "title": issue["title"], "state": issue["state"], "body": numbered(issue["body"].as_str().unwrap_or_default()) }))
            .collect();
        json!({ "pulls": pulls, "branches": self.branches(), "issues": issues, "labels": names(&self.get("/labels?per_page=100"), "name") })
    }

    pub fn branches(&self) -> Vec<String> {
        names(&self.get("/branches?per_page=100"), "name")
    }

    pub fn open_pulls(&self) -> Vec<Value> {
        self.get("/pulls?state=open&per_page=100").as_array().expect("a list").clone()
    }

    /// Files of a branch and their ids, but for the one that names the repository; nothing for a branch that is gone.
    fn files(&self, branch: &str) -> Value {
        let found = self.direct("GET", &self.path(&format!("/git/ref/heads/{branch}")), None);
        if found.status != 200 {
            return Value::Null;
        }
        let sha = found.json()["object"]["sha"].as_str().expect("a sha").to_owned();
        let tree = self.get(&format!("/git/trees/{sha}?recursive=1"));
        let files = tree["tree"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|it| it["type"] == "blob" && it["path"] != "README.md");
        files.map(|it| json!([it["path"], it["sha"]])).collect()
    }

    /// From now on every request of the client goes through this.
    pub fn script(&self, script: impl FnMut(usize, &Request) -> Verdict + Send + 'static) {
        self.proxy.script(Box::new(script));
    }
}

/// As patient as a test may be.
fn limits() -> Limits {
    Limits {
        timeout: Duration::from_secs(20),
        repeats: 2,
        backoff: Duration::from_millis(2),
        pause: Duration::ZERO,
        max_wait: Duration::from_secs(3),
    }
}

fn names(list: &Value, key: &str) -> Vec<String> {
    let mut names: Vec<String> =
        list.as_array().into_iter().flatten().filter_map(|it| it[key].as_str().map(str::to_owned)).collect();
    names.sort();
    names
}

/// Commits differ in time, and so in their ids.
fn without_ids(body: &str) -> String {
    let hex = regex::Regex::new(r"\b(head|base)=[0-9a-f]{40}").expect("valid");
    hex.replace_all(body, "$1=…").into_owned()
}

fn numbered(body: &str) -> String {
    let number = regex::Regex::new(r"#\d+ ").expect("valid");
    number.replace_all(body, "#… ").into_owned()
}

/// What a failed run says.
pub fn message(trouble: Trouble) -> String {
    match trouble {
        Trouble::Forge(error) => format!("{}\n  help: {}", error.message, error.help),
        Trouble::Config(error) => error.to_string(),
        Trouble::Other { message, help } => format!("{message}\n  help: {help}"),
    }
}
