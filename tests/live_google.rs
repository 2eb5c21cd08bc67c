//! `--live` for Google Cloud against a server of our own. What is asked and what is answered is held against Google's
//! own description of its APIs; that uses are told as they are here, its documentation says.

#[path = "rotation/described.rs"]
mod described;
#[path = "rotation/wire.rs"]
mod wire;

use described::Described;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, MutexGuard};
use wire::{Answer, Request};

const CODE: &str = r#"
provider "google" {
  project = "acme"
}

resource "google_service_account" "exporter" {
  account_id = "exporter"
}

resource "google_service_account_key" "exporter" {
  service_account_id = google_service_account.exporter.name
}

resource "google_storage_hmac_key" "exporter" {
  service_account_email = google_service_account.exporter.email
}

resource "google_service_account" "two" {
  account_id = "two"
}

resource "google_service_account_key" "two" {
  service_account_id = google_service_account.two.name
}

resource "google_service_account" "bare" {
  account_id = "bare"
}

resource "google_service_account" "keyless" {
  account_id = "keyless"
}

resource "google_service_account_key" "keyless" {
  service_account_id = google_service_account.keyless.id
}

resource "google_service_account" "off" {
  account_id = "off"
}

resource "google_service_account_key" "off" {
  service_account_id = google_service_account.off.name
}

resource "google_service_account" "gone" {
  account_id = "gone"
}

variable "team" {}

resource "google_service_account" "vague" {
  account_id = "team-${var.team}"
}

# Of nobody who is declared here.
resource "google_service_account_key" "named" {
  service_account_id = "projects/acme/serviceAccounts/stray@acme.iam.gserviceaccount.com"
}

resource "google_service_account" "other" {
  account_id = "other"
  project    = "another"
}

resource "google_service_account" "many" {
  count      = 4
  account_id = "svc-${count.index}"
}
"#;

const TOKEN: &str = "ya29.a-token-that-opens-nothing";
const TODAY: &str = "2026-11-22";

/// What the project has.
struct World {
    accounts: Vec<Value>,
    keys: BTreeMap<String, Vec<Value>>,
    uses: Vec<Value>,
    hmac: Vec<Value>,
    /// What is answered instead, by method and what about, and how often.
    instead: Vec<(&'static str, usize, Answer)>,
    /// Rows on one page.
    page: usize,
    asked: Vec<String>,
    wrong: Vec<String>,
}

fn email(name: &str) -> String {
    if name.contains('@') { name.to_owned() } else { format!("{name}@acme.iam.gserviceaccount.com") }
}

impl World {
    fn account(&mut self, name: &str) -> &mut Value {
        let id = (100_000_000_000_000_000_001u128 + self.accounts.len() as u128).to_string();
        self.accounts.push(json!({
            "name": format!("projects/acme/serviceAccounts/{}", email(name)), "projectId": "acme",
            "uniqueId": id, "email": email(name), "displayName": name, "etag": "MDEwMjE5MjA=",
            "oauth2ClientId": id,
        }));
        self.accounts.last_mut().expect("one")
    }

    fn key(&mut self, of: &str, id: &str, made: &str) -> &mut Value {
        let key = json!({
            "name": format!("projects/acme/serviceAccounts/{}/keys/{id}", email(of)),
            "validAfterTime": made, "validBeforeTime": "9999-12-31T23:59:59Z",
            "keyAlgorithm": "KEY_ALG_RSA_2048", "keyOrigin": "GOOGLE_PROVIDED", "keyType": "USER_MANAGED",
        });
        let keys = self.keys.entry(email(of)).or_default();
        keys.push(key);
        keys.last_mut().expect("one")
    }

    /// Source: Google Cloud, "View recent usage for service accounts and keys".
    fn used(&mut self, what: &str, since: &str, last: Option<&str>) {
        let (kind, field) = match what.contains("/keys/") {
            true => ("serviceAccountKeyLastAuthentication", "serviceAccountKey"),
            false => ("serviceAccountLastAuthentication", "serviceAccount"),
        };
        let (name, rest) =
            what.split_once('/').map_or((what, String::new()), |(name, rest)| (name, format!("/{rest}")));
        let name = format!("//iam.googleapis.com/projects/acme/serviceAccounts/{}{rest}", email(name));
        let mut activity = json!({ field: {
            "fullResourceName": name, "projectNumber": "123456789012", "serviceAccountId": "1",
        } });
        if let Some(last) = last {
            activity["lastAuthenticatedTime"] = format!("{last}T07:00:00Z").into();
        }
        self.uses.push(json!({
            "fullResourceName": name, "activityType": kind, "activity": activity,
            "observationPeriod": { "startTime": format!("{since}T07:00:00Z"), "endTime": "2026-11-19T07:00:00Z" },
        }));
    }

    fn hmac(&mut self, of: &str, id: &str, state: &str) {
        self.hmac.push(json!({
            "kind": "storage#hmacKeyMetadata", "id": format!("acme/{id}"), "accessId": id, "projectId": "acme",
            "serviceAccountEmail": email(of), "state": state, "timeCreated": "2026-11-01T10:00:00.000Z",
            "updated": "2026-11-01T10:00:00.000Z", "etag": "a",
            "selfLink": format!("https://www.googleapis.com/storage/v1/projects/acme/hmacKeys/{id}"),
        }));
    }
}

fn world() -> World {
    let mut world = World {
        accounts: Vec::new(),
        keys: BTreeMap::new(),
        uses: Vec::new(),
        hmac: Vec::new(),
        instead: Vec::new(),
        page: 3,
        asked: Vec::new(),
        wrong: Vec::new(),
    };
    let (old, new) = ("2026-01-05T10:00:00Z", "2026-11-01T10:00:00Z");
    for name in
        ["exporter", "two", "bare", "keyless", "off", "team-red", "stray", "svc-0", "svc-1", "svc-2", "svc-3"]
    {
        world.account(name);
    }
    world.account("manual");
    world.account("123456789012-compute@developer.gserviceaccount.com");
    world.accounts[4]["disabled"] = true.into();
    world.key("exporter", "aaaa01", old);
    world.used("exporter/keys/aaaa01", "2025-06-01", Some("2026-11-18"));
    world.key("two", "bbbb01", old);
    world.key("two", "bbbb02", new)["disabled"] = true.into();
    world.key("bare", "cccc01", old);
    world.used("bare/keys/cccc01", "2026-01-05", None);
    world.key("bare", "cccc02", new)["keyOrigin"] = "USER_PROVIDED".into();
    world.key("bare", "cccc03", old)["validBeforeTime"] = "2026-10-01T10:00:00Z".into();
    world.key("off", "dddd01", old);
    world.key("stray", "eeee01", old);
    // It was made before anybody looked.
    world.used("stray/keys/eeee01", "2026-02-01", None);
    world.used("manual", "2025-06-01", Some("2026-03-01"));
    world.used("bare", "2025-06-01", Some("2026-03-01"));
    world.hmac("exporter", "GOOG1EXPORTER", "ACTIVE");
    world.hmac("bare", "GOOG1BARE", "INACTIVE");
    world.hmac("bare", "GOOG1GONE", "DELETED");
    world
}

fn refused(status: u16, word: &str, message: &str) -> Answer {
    (status, json!({ "error": { "code": status, "message": message, "status": word } }))
}

/// Source: Google API Improvement Proposals, AIP-193; Service Usage, "Troubleshooting".
fn not_enabled(service: &str) -> Answer {
    let message = format!(
        "{service} has not been used in project 123456789012 before or it is disabled. Enable it by visiting https://console.developers.google.com then retry."
    );
    let (status, mut said) = refused(403, "PERMISSION_DENIED", &message);
    said["error"]["details"] = json!([{
        "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED", "domain": "googleapis.com",
        "metadata": { "consumer": "projects/123456789012", "service": service },
    }]);
    (status, said)
}

struct Stage {
    address: String,
    world: Arc<Mutex<World>>,
    dir: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        let world = Arc::new(Mutex::new(world()));
        let described = Arc::new(["iam", "policyanalyzer", "storage"].map(Described::read));
        let desk = world.clone();
        let address = wire::serve(move |request| {
            let mut world = desk.lock().expect("whole");
            answer(request, &mut world, &*described)
        });
        let stage = Stage { address, world, dir: tempfile::tempdir().expect("a directory") };
        stage.write("main.tf", CODE);
        stage.configure("");
        stage
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("whole")
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.dir.path().join(name), text).expect("writable");
    }

    fn configure(&self, more: &str) {
        let text = format!("[[live.google]]\nproject = \"acme\"\nendpoint = \"{}\"\n{more}\n", self.address);
        self.write("keyward.toml", &text);
    }

    fn run_as(&self, token: &str, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
        command.args(args).args(["--today", TODAY]).current_dir(self.dir.path());
        command.env("NO_COLOR", "1").env("GOOGLE_OAUTH_ACCESS_TOKEN", token);
        let output = command.output().expect("the program starts");
        for text in [&output.stdout, &output.stderr] {
            assert!(!String::from_utf8_lossy(text).contains(TOKEN));
        }
        assert_eq!(self.world().wrong, Vec::<String>::new());
        output
    }

    /// What is printed, and what is said beside it.
    fn run(&self, args: &[&str]) -> (String, String) {
        let output = self.run_as(TOKEN, args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        (String::from_utf8_lossy(&output.stdout).into_owned(), said)
    }

    fn document(&self) -> Value {
        let (text, _) = self.run(&["inventory", "--live", "--format", "json"]);
        serde_json::from_str(&text).expect("JSON")
    }

    fn items(&self) -> Vec<Value> {
        self.document()["items"].as_array().expect("a list").clone()
    }
}

fn answer(request: &Request, world: &mut World, described: &[Described]) -> Answer {
    if request.header("authorization") != format!("Bearer {TOKEN}") {
        return refused(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
    }
    let named = format!("{} {}?{}", request.method, request.path, request.query);
    world.asked.push(named.clone());
    let Some((api, method, value)) = Described::find(described, &request.method, &request.path) else {
        world.wrong.push(format!("{named}: no such method"));
        return refused(404, "NOT_FOUND", "no such method");
    };
    world
        .wrong
        .extend(api.asked(method, &request.query, &request.body).iter().map(|why| format!("{named}: {why}")));
    let asked = format!("{} {value}", method.whole);
    if let Some((_, left, instead)) =
        world.instead.iter_mut().find(|(what, left, _)| *left > 0 && asked.contains(what))
    {
        *left -= 1;
        return instead.clone();
    }
    let last = |value: &str| value.rsplit('/').next().unwrap_or_default().to_owned();
    let (rows, field) = match method.whole.as_str() {
        "projects.serviceAccounts.list" if value == "projects/acme" => (world.accounts.clone(), "accounts"),
        "projects.serviceAccounts.keys.list" => match world.keys.get(&last(&value)) {
            Some(keys) => (keys.clone(), "keys"),
            None => (Vec::new(), "keys"),
        },
        "projects.hmacKeys.list" if value == "acme" => (world.hmac.clone(), "items"),
        "projects.locations.activityTypes.activities.query" => {
            let of = |row: &&Value| row["activityType"] == last(&value).as_str();
            (world.uses.iter().filter(of).cloned().collect(), "activities")
        }
        _ => {
            return refused(
                403,
                "PERMISSION_DENIED",
                "Permission denied on the project (or it may not exist).",
            );
        }
    };
    let token = request.query.split('&').find_map(|pair| pair.strip_prefix("pageToken="));
    // A token is not always fit for an address as it stands.
    let from: usize = token.map_or(0, |token| token.trim_start_matches("at%2B%3D").parse().expect("ours"));
    let page: Vec<_> = rows.iter().skip(from).take(world.page).cloned().collect();
    let mut said = json!({});
    if !page.is_empty() {
        said[field] = page.into();
    }
    // Keys come all at once.
    if field == "keys" {
        said = if rows.is_empty() { json!({}) } else { json!({ "keys": rows }) };
    } else if from + world.page < rows.len() {
        said["nextPageToken"] = format!("at+={}", from + world.page).into();
    }
    world
        .wrong
        .extend(api.answered(method, &said).iter().map(|why| format!("our own answer of {named}: {why}")));
    (200, said)
}

fn called<'a>(items: &'a [Value], what: &str, name: &str) -> &'a Value {
    let is = |item: &&Value| item["what"] == what && (item["name"] == name || item["name"] == email(name));
    items.iter().find(is).unwrap_or_else(|| panic!("there is no {what} {name}"))
}

fn remarks(item: &Value) -> Vec<&str> {
    let all = item["remarks"].as_array().expect("a list");
    all.iter().map(|remark| remark["kind"].as_str().expect("a word")).collect()
}

fn presence(item: &Value) -> (&str, &str) {
    (item["in_code"].as_str().expect("a word"), item["in_cloud"].as_str().expect("a word"))
}

#[test]
fn a_project_is_held_against_its_code() {
    let stage = Stage::new();
    let items = stage.items();
    let is = |what: &str, name: &str, both: (&str, &str), wanted: &[&str]| {
        let item = called(&items, what, name);
        assert_eq!((presence(item), remarks(item).as_slice()), (both, wanted), "{item:#}");
    };
    const HERE: (&str, &str) = ("yes", "yes");
    let key = "service-account-key";
    is("service-account", "exporter", HERE, &[]);
    is(key, "aaaa01", HERE, &["older-than-policy"]);
    let exporter = called(&items, key, "aaaa01");
    assert_eq!(exporter["code"][0]["address"], "google_service_account_key.exporter");
    assert_eq!((&exporter["last_used"], &exporter["created"]), (&"2026-11-18".into(), &"2026-01-05".into()));
    is("hmac-key", "GOOG1EXPORTER", HERE, &[]);
    is(key, "bbbb01", ("unknown", "yes"), &["more-than-code", "older-than-policy"]);
    is(key, "bbbb02", ("unknown", "yes"), &["more-than-code", "inactive-but-kept"]);
    // All of its life was looked at, and of another one it was not.
    is(key, "cccc01", ("no", "yes"), &["not-in-code", "older-than-policy", "never-used"]);
    is(key, "eeee01", HERE, &["older-than-policy"]);
    assert_eq!(called(&items, key, "eeee01")["last_used"], Value::Null);
    // How old one is that somebody brought along, nobody knows.
    is(key, "cccc02", ("no", "yes"), &["not-in-code"]);
    assert_eq!(called(&items, key, "cccc02")["created"], Value::Null);
    is(key, "cccc03", ("no", "yes"), &["not-in-code", "inactive-but-kept"]);
    is("hmac-key", "GOOG1BARE", ("no", "yes"), &["not-in-code", "inactive-but-kept"]);
    assert!(!items.iter().any(|item| item["name"] == "GOOG1GONE"));
    is("service-account", "bare", HERE, &["unused"]);
    is("service-account", "off", HERE, &["inactive-but-kept"]);
    is(key, "dddd01", HERE, &["inactive-but-kept"]);
    is(key, "google_service_account_key.keyless", ("yes", "no"), &["not-in-cloud"]);
    is("service-account", "gone", ("yes", "no"), &["not-in-cloud"]);
    is("service-account", "team-red", ("unknown", "yes"), &[]);
    is("service-account", "stray", ("no", "yes"), &["not-in-code"]);
    is("service-account", "manual", ("no", "yes"), &["not-in-code", "unused"]);
    is("service-account", "svc-3", HERE, &[]);
    is("service-account", "other", ("yes", "unknown"), &[]);
    assert!(!items.iter().any(|item| item["name"].as_str().is_some_and(|name| name.contains("compute"))));
    let asked = stage.world().asked.iter().filter(|asked| asked.contains("/serviceAccounts?")).count();
    assert_eq!(asked, 5);

    let (shown, said) = stage.run(&["inventory", "--live"]);
    assert_eq!(said, "");
    insta::assert_snapshot!(shown);
    for format in ["csv", "markdown"] {
        let (text, _) = stage.run(&["inventory", "--live", "--format", format]);
        assert!(text.contains("google_service_account_key.exporter") && text.contains("GOOG1BARE"), "{text}");
    }
}

#[test]
fn what_is_refused_is_a_gap_and_the_rest_is_shown() {
    let stage = Stage::new();
    let closed = refused(403, "PERMISSION_DENIED", "Permission 'iam.serviceAccountKeys.list' denied.");
    // Cloud Storage has errors of its own kind.
    let storage = (
        403,
        json!({ "error": { "code": 403, "message": "auditor does not have storage.hmacKeys.list access.",
            "errors": [{ "message": "no", "domain": "global", "reason": "forbidden" }] } }),
    );
    stage.world().instead = vec![
        ("keys.list projects/acme/serviceAccounts/exporter@", 1, closed),
        ("hmacKeys.list", 9, storage),
        ("activities.query", 9, not_enabled("policyanalyzer.googleapis.com")),
    ];
    let (text, said) = stage.run(&["inventory", "--live", "--format", "json"]);
    assert!(
        said.contains(
            "keys are not known: iam.serviceAccountKeys.list failed (cannot list keys: PERMISSION_DENIED"
        ),
        "{said}"
    );
    assert!(
        said.contains("HMAC keys are not known") && said.contains("does not have storage.hmacKeys.list"),
        "{said}"
    );
    assert!(said.contains("the API policyanalyzer.googleapis.com is not enabled in the project"), "{said}");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(document["accounts"][0]["gaps"].as_array().map(Vec::len), Some(4));
    let items = document["items"].as_array().expect("a list");
    // Nothing is said to be missing, unused or never used by that.
    assert!(!items.iter().any(|item| item["of"] != Value::Null
        && remarks(item).contains(&"not-in-cloud")
        && item["what"] == "hmac-key"));
    assert!(!items.iter().any(|item| remarks(item).iter().any(|it| ["never-used", "unused"].contains(it))));
    assert!(remarks(called(items, "service-account", "gone")).contains(&"not-in-cloud"));
    let exporter: Vec<_> = items.iter().filter(|item| item["of"] == email("exporter")).collect();
    assert!(exporter.is_empty(), "{exporter:#?}");

    // Without the list of accounts there is still what their HMAC keys tell.
    let none = || refused(403, "PERMISSION_DENIED", "Permission 'iam.serviceAccounts.list' denied.");
    stage.world().instead = vec![("serviceAccounts.list", 9, none())];
    let items = stage.items();
    assert_eq!(presence(called(&items, "service-account", "exporter")), ("yes", "yes"));
    assert_eq!(presence(called(&items, "service-account", "gone")), ("yes", "unknown"));
    // And without that, nothing.
    let storage = refused(403, "PERMISSION_DENIED", "no");
    stage.world().instead = vec![("serviceAccounts.list", 9, none()), ("hmacKeys.list", 9, storage)];
    let output = stage.run_as(TOKEN, &["inventory", "--live"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{said}");
    assert!(said.contains("iam.serviceAccounts.list") && said.contains("gcloud"), "{said}");
    let output = stage.run_as("nobodys-token", &["inventory", "--live"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("UNAUTHENTICATED"), "{said}");
    assert!(!said.contains("nobodys-token"));
}

#[test]
fn pages_and_patience_change_nothing() {
    let stage = Stage::new();
    let straight = stage.document();
    let before = stage.world().asked.len();
    let slow = refused(429, "RESOURCE_EXHAUSTED", "Quota exceeded.");
    let old = (
        403,
        json!({ "error": { "code": 403, "message": "slow down", "errors": [{ "reason": "rateLimitExceeded" }] } }),
    );
    let down = (503, Value::Null);
    stage.world().instead =
        vec![("serviceAccounts.list", 1, slow), ("hmacKeys.list", 1, old), ("keys.list", 1, down)];
    stage.world().page = 1;
    assert_eq!(stage.document(), straight);
    let world = stage.world();
    assert!(world.instead.iter().all(|(_, left, _)| *left == 0));
    assert!(world.asked.len() > before * 2);
}

#[test]
fn a_list_that_does_not_end_is_given_up() {
    let stage = Stage::new();
    stage.world().instead = vec![("hmacKeys.list", 9, (200, json!({ "nextPageToken": "again" })))];
    let (_, said) = stage.run(&["inventory", "--live"]);
    assert!(said.contains("the list does not end"), "{said}");
    // What cannot be read is asked for again, and then given up.
    stage.world().instead = vec![("hmacKeys.list", 9, (200, json!([])))];
    let (_, said) = stage.run(&["inventory", "--live"]);
    assert!(said.contains("HMAC keys are not known"), "{said}");
}

#[test]
fn nothing_is_missing_where_it_is_not_known_to_belong() {
    let stage = Stage::new();
    let vague = CODE.replace("project = \"acme\"", "project = var.project\n}\n\nvariable \"project\" {");
    stage.write("main.tf", &vague);
    let items = stage.items();
    assert_eq!(presence(called(&items, "service-account", "gone")), ("yes", "unknown"));
    assert_eq!(presence(called(&items, "service-account", "exporter")), ("yes", "yes"));
    let (text, _) = stage.run(&["inventory", "--live"]);
    assert!(text.contains("name its root modules in `roots` of `[[live.google]]`"), "{text}");
    stage.configure("roots = [\".\"]");
    assert_eq!(remarks(called(&stage.items(), "service-account", "gone")), ["not-in-cloud"]);
    // A project that this code is not for.
    stage.configure("roots = [\"prod\"]");
    let items = stage.items();
    assert_eq!(presence(called(&items, "service-account", "exporter")), ("no", "yes"));
    // Parts of the name of a project may rule it out.
    stage.configure("");
    stage.write("main.tf", &CODE.replace("project = \"acme\"", "project = \"other-${var.team}\""));
    assert_eq!(presence(called(&stage.items(), "service-account", "exporter")), ("no", "yes"));
    // A number of a project is not its id.
    stage.write("main.tf", &CODE.replace("project = \"acme\"", "project = \"123456789012\""));
    let items = stage.items();
    assert_eq!(presence(called(&items, "service-account", "gone")), ("yes", "unknown"));
    assert_eq!(presence(called(&items, "service-account", "exporter")), ("yes", "yes"));
}

#[test]
fn plans_go_by_what_is_there() {
    let stage = Stage::new();
    let (text, _) = stage.run(&["rotate", "plan", "--live", "--format", "json", "--all"]);
    let plan: Value = serde_json::from_str(&text).expect("JSON");
    let items = plan["items"].as_array().expect("a list");
    let of = |address: &str| {
        items.iter().find(|item| item["credential"] == address).unwrap_or_else(|| panic!("no {address}"))
    };
    let exporter = of("google_service_account_key.exporter");
    assert_eq!((&exporter["urgency"], &exporter["age"]["since"]), (&"overdue".into(), &"2026-01-05".into()));
    assert!(exporter["age"]["evidence"].as_str().is_some_and(|text| text == "aaaa01 in Google project acme"));
    assert!(exporter["cautions"].to_string().contains("last used on 2026-11-18"), "{exporter:#}");
    assert!(
        of("google_service_account_key.two")["cautions"].to_string().contains("has 2 of them for its holder")
    );
    assert_eq!(of("google_storage_hmac_key.exporter")["age"]["since"], "2026-11-01");
    // That of the account that is disabled.
    assert_eq!(plan["disabled"], 1);
}
