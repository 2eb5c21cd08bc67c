//! `--live` for Entra against a server of our own, after Microsoft's documentation of Graph: nobody's description of it
//! is at hand that answers could be held against. What is asked has to be as it is documented.

#[path = "rotation/wire.rs"]
mod wire;

use serde_json::{Value, json};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, MutexGuard};
use wire::{Answer, Request};

const CODE: &str = r#"
provider "azuread" {
  tenant_id = "11111111-2222-3333-4444-555555555555"
}

resource "azuread_application" "exporter" {
  display_name = "exporter"
}

resource "azuread_application_password" "ci" {
  application_id = azuread_application.exporter.id
  display_name   = "ci"
}

resource "azuread_application_password" "lost" {
  application_id = azuread_application.exporter.id
  display_name   = "lost"
}

resource "azuread_service_principal" "exporter" {
  client_id = azuread_application.exporter.client_id
}

resource "azuread_service_principal_password" "exporter" {
  service_principal_id = azuread_service_principal.exporter.id
}

resource "azuread_application_registration" "two" {
  display_name = "two"
}

resource "azuread_application_password" "two" {
  application_id = azuread_application_registration.two.id
}

variable "pem" {}

resource "azuread_application_certificate" "two" {
  application_id = azuread_application_registration.two.id
  value          = var.pem
}

resource "azuread_service_principal" "two" {
  client_id = azuread_application_registration.two.client_id
}

resource "azuread_service_principal_certificate" "two" {
  service_principal_id = azuread_service_principal.two.id
  value                = var.pem
}

resource "azuread_application" "twin" {
  display_name = "twin"
}

resource "azuread_application_password" "twin" {
  application_id = azuread_application.twin.id
}

resource "azuread_application" "inline" {
  display_name = "inline"
  password {
    display_name = "own"
  }
}

resource "azuread_application" "gone" {
  display_name = "gone"
}

variable "team" {}

resource "azuread_application" "vague" {
  display_name = "team-${var.team}"
}

# Of nobody who is declared here.
resource "azuread_application_password" "named" {
  application_id = "/applications/00000000-0000-0000-0000-00000000a005"
}
"#;

const TOKEN: &str = "eyJ.a-token-that-opens-nothing";
const PASSWORD: &str = "a-password-that-opens-nothing";
const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const OTHER: &str = "99999999-2222-3333-4444-555555555555";
const TODAY: &str = "2026-11-22";
/// What may be asked for. Source: Microsoft Graph v1.0, `application`, `servicePrincipal`.
const APPLICATION: &str = "id,appId,displayName,createdDateTime,passwordCredentials,keyCredentials";
const PRINCIPAL: &str =
    "id,appId,displayName,appOwnerOrganizationId,accountEnabled,passwordCredentials,keyCredentials";
const OWNERS: &str = "&$expand=owners($select=id,displayName,mail,userPrincipalName,accountEnabled)";

#[derive(Default)]
struct World {
    applications: Vec<Value>,
    principals: Vec<Value>,
    sign_ins: Vec<Value>,
    /// What is answered instead, by the end of the path, and how often.
    instead: Vec<(&'static str, usize, Answer)>,
    page: usize,
    /// Nobody is told whose something is.
    no_owners: bool,
    /// Where lists go on, instead of here.
    elsewhere: Option<&'static str>,
    asked: usize,
    wrong: Vec<String>,
}

/// Source: Microsoft Graph v1.0, `passwordCredential`.
fn password(id: &str, name: Option<&str>, since: &str, until: &str) -> Value {
    json!({
        "customKeyIdentifier": null, "displayName": name, "hint": "abc", "keyId": format!("{id}-0000-0000-0000-000000000000"),
        "secretText": null, "startDateTime": format!("{since}T10:00:00Z"), "endDateTime": format!("{until}T10:00:00Z"),
    })
}

/// Source: Microsoft Graph v1.0, `keyCredential`.
fn key(id: &str, usage: &str) -> Value {
    json!({
        "customKeyIdentifier": format!("{id}AA=="), "displayName": "CN=two", "key": null,
        "keyId": format!("{id}-0000-0000-0000-000000000000"), "type": "AsymmetricX509Cert", "usage": usage,
        "startDateTime": "2026-01-05T10:00:00Z", "endDateTime": "2027-01-05T10:00:00Z",
    })
}

/// Source: Microsoft Graph v1.0, `user`.
fn user(name: &str, enabled: bool) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.user", "id": format!("00000000-0000-0000-0000-{name:0>12}"),
        "displayName": name, "mail": null, "userPrincipalName": format!("{name}@acme.example"),
        "accountEnabled": enabled,
    })
}

impl World {
    /// Of the application or the service principal that was added last.
    fn owned(rows: &mut [Value], owners: &[Value]) {
        rows.last_mut().expect("added")["owners"] = owners.into();
    }

    fn application(&mut self, name: &str, passwords: &[Value], keys: &[Value]) {
        let at = self.applications.len();
        self.applications.push(json!({
            "id": format!("00000000-0000-0000-0000-00000000a{at:03}"),
            "appId": format!("00000000-0000-0000-0000-00000000c{at:03}"), "displayName": name,
            "createdDateTime": "2026-01-01T10:00:00Z", "passwordCredentials": passwords, "keyCredentials": keys,
        }));
    }

    fn principal(&mut self, name: &str, client: usize, owner: &str, passwords: &[Value], keys: &[Value]) {
        let at = self.principals.len();
        self.principals.push(json!({
            "id": format!("00000000-0000-0000-0000-00000000b{at:03}"),
            "appId": format!("00000000-0000-0000-0000-00000000c{client:03}"), "displayName": name,
            "appOwnerOrganizationId": owner, "accountEnabled": true, "passwordCredentials": passwords,
            "keyCredentials": keys,
        }));
    }

    /// Source: Microsoft Graph beta, `appCredentialSignInActivity`.
    fn used(&mut self, id: &str, last: &str) {
        self.sign_ins.push(json!({
            "id": "ODNmNDUy", "keyId": format!("{id}-0000-0000-0000-000000000000"), "keyType": "clientSecret",
            "keyUsage": "sign", "appId": "00000000-0000-0000-0000-00000000c000",
            "appObjectId": "00000000-0000-0000-0000-00000000a000",
            "servicePrincipalObjectId": "00000000-0000-0000-0000-00000000b000",
            "resourceId": "00000003-0000-0000-c000-000000000000", "credentialOrigin": "application",
            "createdDateTime": "2026-01-05T10:00:00Z", "expirationDateTime": "2027-01-05T10:00:00Z",
            "signInActivity": { "lastSignInDateTime": format!("{last}T00:00:00Z"), "lastSignInRequestId": "b0a2" },
        }));
    }
}

fn world() -> World {
    let mut world = World { page: 2, ..World::default() };
    let (old, new, later) = ("2026-01-05", "2026-11-01", "2027-06-01");
    let passwords = vec![
        password("aaaaaa01", Some("ci"), old, later),
        password("aaaaaa02", Some("by hand"), old, later),
        password("aaaaaa03", Some("ended"), old, "2026-10-01"),
    ];
    world.application("exporter", &passwords, &[]);
    let passwords =
        vec![password("bbbbbb01", None, old, later), password("bbbbbb02", Some("new"), new, later)];
    world.application("two", &passwords, &[key("bbbbbb03", "Verify"), key("bbbbbb04", "Encrypt")]);
    World::owned(&mut world.applications, &[user("ada", false), user("bob", false)]);
    world.application("twin", &[], &[]);
    world.application("twin", &[password("cccccc01", None, new, later)], &[]);
    world.application("inline", &[password("dddddd01", Some("own"), new, later)], &[]);
    world.application("stray", &[password("eeeeee01", None, new, later)], &[]);
    World::owned(&mut world.applications, &[user("ada", false), user("cleo", true)]);
    world.application("team-red", &[], &[]);
    world.principal("exporter", 0, TENANT, &[password("ffffff01", None, new, later)], &[]);
    // Somebody else's, who calls it as we do.
    world.principal("exporter", 900, OTHER, &[password("ffffff02", None, new, later)], &[]);
    let microsoft = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";
    world.principal("Office 365", 901, microsoft, &[password("ffffff03", None, old, later)], &[]);
    // What signs for SAML.
    let mut opens = password("ffffff04", None, old, later);
    opens["customKeyIdentifier"] = "ffffff05AA==".into();
    let proves = json!({ "keyId": "ffffff06-0000-0000-0000-000000000000", "customKeyIdentifier": "ffffff05AA==", "usage": "Verify" });
    world.principal("sso", 902, TENANT, &[opens], &[key("ffffff05", "Sign"), proves]);
    world.principal("two", 1, TENANT, &[], &[key("ffffff07", "Verify")]);
    World::owned(&mut world.principals, &[user("cleo", true)]);
    world.used("AAAAAA01", "2026-11-18");
    world.used("aaaaaa02", "2026-03-01");
    world
}

/// Source: Microsoft Graph, "Error responses".
fn refused(status: u16, code: &str, message: &str) -> Answer {
    let inner = json!({ "date": "2026-11-22T10:00:00", "request-id": "b0a2", "client-request-id": "b0a2" });
    (status, json!({ "error": { "code": code, "message": message, "innerError": inner } }))
}

struct Stage {
    address: String,
    world: Arc<Mutex<World>>,
    dir: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        let world = Arc::new(Mutex::new(world()));
        let desk = world.clone();
        let address = wire::serve(move |request| answer(request, &mut desk.lock().expect("whole")));
        let stage = Stage { address, world, dir: tempfile::tempdir().expect("a directory") };
        stage.write("main.tf", CODE);
        stage.configure(TENANT, "token-env = \"GRAPH_TOKEN\"");
        stage
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("whole")
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.dir.path().join(name), text).expect("writable");
    }

    fn configure(&self, tenant: &str, more: &str) {
        let text =
            format!("[[live.azure]]\ntenant = \"{tenant}\"\nendpoint = \"{}\"\n{more}\n", self.address);
        self.write("keyward.toml", &text);
    }

    fn run_as(&self, token: &str, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
        command.args(args).args(["--today", TODAY]).current_dir(self.dir.path());
        command.env("NO_COLOR", "1").env("GRAPH_TOKEN", token);
        command.env("AZURE_CLIENT_ID", "auditor").env("AZURE_CLIENT_SECRET", PASSWORD);
        let output = command.output().expect("the program starts");
        for text in [&output.stdout, &output.stderr] {
            let text = String::from_utf8_lossy(text);
            assert!(!text.contains(TOKEN) && !text.contains(PASSWORD));
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

    fn fails(&self, token: &str) -> String {
        let output = self.run_as(token, &["inventory", "--live"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{said}");
        said
    }
}

fn answer(request: &Request, world: &mut World) -> Answer {
    if request.path.ends_with("/oauth2/v2.0/token") {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        return match body.contains("client_id=auditor&") && body.contains(PASSWORD) {
            true => (200, json!({ "access_token": TOKEN, "expires_in": 3_599, "token_type": "Bearer" })),
            false => (401, json!({ "error": "invalid_client", "error_codes": [7_000_215] })),
        };
    }
    world.asked += 1;
    let named = format!("{} {}?{}", request.method, request.path, request.query);
    if request.method != "GET" || !request.body.is_empty() {
        world.wrong.push(format!("{named}: more than a question"));
    }
    if request.header("authorization") != format!("Bearer {TOKEN}") {
        return refused(401, "InvalidAuthenticationToken", "Access token is empty.");
    }
    if let Some((_, left, instead)) =
        world.instead.iter_mut().find(|(what, left, _)| *left > 0 && request.path.ends_with(what))
    {
        *left -= 1;
        return instead.clone();
    }
    if world.no_owners && request.query.contains("$expand") {
        return refused(400, "Request_UnsupportedQuery", "The query parameter is not supported.");
    }
    let expanded = if request.query.contains("$expand") { OWNERS } else { "" };
    let (rows, asked) = match request.path.as_str() {
        "/v1.0/applications" => (&world.applications, format!("$select={APPLICATION}{expanded}&$top=100")),
        "/v1.0/servicePrincipals" => {
            let filter = "$filter=servicePrincipalType%20eq%20'Application'%20or%20servicePrincipalType%20eq%20'Legacy'";
            (&world.principals, format!("{filter}&$select={PRINCIPAL}{expanded}&$top=100"))
        }
        "/beta/reports/appCredentialSignInActivities" => (&world.sign_ins, String::new()),
        _ => {
            world.wrong.push(named);
            return refused(400, "BadRequest", "Resource not found for the segment.");
        }
    };
    let (query, from) = request.query.split_once("&$skiptoken=").unwrap_or((&request.query, "0"));
    let from: usize = from.parse().expect("ours");
    // The report takes no options at first, and has some in its links.
    if query.trim_start_matches("$top=100") != asked.trim_start_matches("$top=100") {
        world.wrong.push(format!("{named}: wanted {asked}"));
    }
    let mut page: Vec<_> = rows.iter().skip(from).take(world.page).cloned().collect();
    if expanded.is_empty() {
        page.iter_mut().filter_map(Value::as_object_mut).for_each(|row| drop(row.remove("owners")));
    }
    let mut said = json!({ "@odata.context": "https://graph.microsoft.com/v1.0/$metadata", "value": page });
    if from + world.page < rows.len() {
        let here = format!("http://{}", request.header("host"));
        let host = world.elsewhere.unwrap_or(&here);
        let query = if query.is_empty() { "$top=100" } else { query };
        let next = format!("{host}{}?{query}&$skiptoken={}", request.path, from + world.page);
        said["@odata.nextLink"] = next.into();
    }
    (200, said)
}

fn called<'a>(items: &'a [Value], what: &str, name: &str) -> &'a Value {
    let is = |item: &&Value| {
        let id = item["id"].as_str().unwrap_or_default();
        item["what"] == what && (item["name"] == name || id.starts_with(name))
    };
    items.iter().find(is).unwrap_or_else(|| panic!("there is no {what} {name}"))
}

fn remarks(item: &Value) -> Vec<&str> {
    let all = item["remarks"].as_array().expect("a list");
    all.iter().map(|remark| remark["kind"].as_str().expect("a word")).collect()
}

fn presence(item: &Value) -> (&str, &str) {
    (item["in_code"].as_str().expect("a word"), item["in_cloud"].as_str().expect("a word"))
}

const HERE: (&str, &str) = ("yes", "yes");

#[test]
fn a_tenant_is_held_against_its_code() {
    let stage = Stage::new();
    let items = stage.items();
    let is = |what: &str, name: &str, both: (&str, &str), wanted: &[&str]| {
        let item = called(&items, what, name);
        assert_eq!((presence(item), remarks(item).as_slice()), (both, wanted), "{item:#}");
    };
    is("application", "exporter", HERE, &[]);
    is("client-secret", "aaaaaa01", HERE, &["older-than-policy"]);
    let ci = called(&items, "client-secret", "ci");
    assert_eq!(
        (&ci["last_used"], &ci["code"][0]["address"]),
        (&"2026-11-18".into(), &"azuread_application_password.ci".into())
    );
    is("client-secret", "by hand", ("no", "yes"), &["not-in-code", "older-than-policy", "unused"]);
    is("client-secret", "ended", ("no", "yes"), &["not-in-code", "inactive-but-kept"]);
    is("client-secret", "azuread_application_password.lost", ("yes", "no"), &["not-in-cloud"]);
    is("service-principal", "00000000-0000-0000-0000-00000000c000", HERE, &[]);
    is("service-principal", "00000000-0000-0000-0000-00000000c001", HERE, &[]);
    is("certificate", "ffffff07", HERE, &[]);
    is("client-secret", "ffffff01", HERE, &[]);
    // The same name, and somebody else's.
    is("service-principal", "00000000-0000-0000-0000-00000000c900", ("unknown", "yes"), &[]);
    is("client-secret", "ffffff02", ("unknown", "yes"), &[]);
    for name in ["Office 365", "sso"] {
        assert!(!items.iter().any(|item| item["name"] == name), "{name}");
    }
    is("application", "two", HERE, &["owner-gone"]);
    is("client-secret", "bbbbbb01", ("unknown", "yes"), &["more-than-code", "older-than-policy"]);
    is("client-secret", "bbbbbb02", ("unknown", "yes"), &["more-than-code"]);
    is("certificate", "bbbbbb03", HERE, &[]);
    assert!(!items.iter().any(|item| item["id"].as_str().is_some_and(|id| id.starts_with("bbbbbb04"))));
    // Which of them the code means, nobody knows.
    let twins: Vec<_> = items.iter().filter(|item| item["name"] == "twin").collect();
    assert!(
        twins.len() == 2
            && twins.iter().all(|twin| presence(twin) == ("unknown", "yes") && remarks(twin).is_empty())
    );
    is("client-secret", "cccccc01", ("unknown", "yes"), &[]);
    assert!(!items.iter().any(|item| item["name"] == "azuread_application_password.twin"));
    is("client-secret", "dddddd01", ("unknown", "yes"), &[]);
    is("application", "stray", ("no", "yes"), &["not-in-code"]);
    assert_eq!(called(&items, "application", "stray")["owner"], "cleo@acme.example");
    is("client-secret", "eeeeee01", HERE, &[]);
    is("application", "team-red", ("unknown", "yes"), &[]);
    is("application", "gone", ("yes", "no"), &["not-in-cloud"]);

    let (shown, said) = stage.run(&["inventory", "--live"]);
    assert_eq!(said, "");
    insta::assert_snapshot!(shown);
    for format in ["csv", "markdown"] {
        let (text, _) = stage.run(&["inventory", "--live", "--format", format]);
        assert!(text.contains("azuread_application_password.ci") && text.contains("by hand"), "{text}");
    }
}

#[test]
fn what_is_refused_is_a_gap_and_the_rest_is_shown() {
    let stage = Stage::new();
    let closed =
        || refused(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
    let unpaid = refused(
        403,
        "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
        "Neither tenant is B2C or tenant doesn't have premium license",
    );
    stage.world().instead =
        vec![("appCredentialSignInActivities", 9, unpaid), ("servicePrincipals", 9, closed())];
    let (text, said) = stage.run(&["inventory", "--live", "--format", "json"]);
    assert!(
        said.contains("when credentials were used is not known") && said.contains("premium license"),
        "{said}"
    );
    assert!(said.contains("credentials of service principals are not known"), "{said}");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let items = document["items"].as_array().expect("a list");
    let ci = called(items, "client-secret", "ci");
    assert_eq!((&ci["last_used"], remarks(ci)), (&Value::Null, vec!["older-than-policy"]));
    assert!(!items.iter().any(|item| remarks(item).iter().any(|it| ["never-used", "unused"].contains(it))));
    // Without the list of applications nothing of them is missing.
    stage.world().instead = vec![("applications", 9, closed())];
    let items = stage.items();
    assert_eq!(presence(called(&items, "application", "gone")), ("yes", "unknown"));
    assert!(items.iter().all(|item| item["in_cloud"] != "no"), "{items:#?}");
    stage.world().instead = vec![("applications", 9, closed()), ("servicePrincipals", 9, closed())];
    let said = stage.fails(TOKEN);
    assert!(said.contains("Authorization_RequestDenied") && said.contains("Application.Read.All"), "{said}");
    let said = stage.fails("nobodys-token");
    assert!(said.contains("InvalidAuthenticationToken") && !said.contains("nobodys-token"), "{said}");
}

#[test]
fn whose_something_is_may_be_known_in_part() {
    let stage = Stage::new();
    // By the roster of the company, the only one who is left there has left.
    let settings = std::fs::read_to_string(stage.dir.path().join("keyward.toml")).expect("there");
    stage.write("people.csv", "email,left\ncleo@acme.example,2026-10-01\ndan@acme.example,\n");
    stage.write("keyward.toml", &format!("[owners]\nroster = \"people.csv\"\n{settings}"));
    let stray = |stage: &Stage| called(&stage.items(), "application", "stray").clone();
    let row = stray(&stage);
    assert_eq!(remarks(&row), ["owner-gone", "not-in-code"]);
    let said = row["remarks"][0]["text"].as_str().expect("a sentence");
    assert!(
        said.contains("`ada@acme.example` is disabled") && said.contains("`cleo@acme.example` left"),
        "{said}"
    );
    // Of one it is told only that there is one.
    let withheld = json!({ "@odata.type": "#microsoft.graph.user", "id": "1", "displayName": null });
    let at = stage.world().applications.iter().position(|row| row["displayName"] == "stray").expect("there");
    stage.world().applications[at]["owners"][1] = withheld;
    let row = stray(&stage);
    assert_eq!((&row["owner"], remarks(&row)), (&Value::Null, vec!["not-in-code"]));
    let (_, said) = stage.run(&["inventory", "--live"]);
    assert!(said.contains("User.Read.All"), "{said}");
    // Nothing else is missing where owners are refused.
    let before = stage.items();
    stage.world().no_owners = true;
    let after = stage.items();
    assert_eq!(before.len(), after.len());
    assert!(after.iter().all(|item| item["owner"].is_null() && !remarks(item).contains(&"owner-gone")));
    let (_, said) = stage.run(&["inventory", "--live"]);
    assert!(said.contains("who owns applications is not known") && !said.contains("User.Read.All"), "{said}");
}

#[test]
fn pages_and_patience_change_nothing() {
    let stage = Stage::new();
    let straight = stage.document();
    let before = stage.world().asked;
    stage.world().instead = vec![
        ("applications", 1, refused(429, "TooManyRequests", "Please retry after")),
        ("servicePrincipals", 1, refused(503, "ServiceUnavailable", "")),
        ("appCredentialSignInActivities", 1, (504, Value::Null)),
    ];
    stage.world().page = 1;
    assert_eq!(stage.document(), straight);
    {
        let world = stage.world();
        assert!(world.instead.iter().all(|(_, left, _)| *left == 0));
        assert!(world.asked - before > before);
    }
    // Nobody else is given the token.
    stage.world().elsewhere = Some("https://collector.example");
    let said = stage.fails(TOKEN);
    assert!(said.contains("goes on at another address"), "{said}");
    stage.world().elsewhere = None;
    stage.world().instead = vec![("applications", 99, (200, json!({ "value": 3 })))];
    let (_, said) = stage.run(&["inventory", "--live"]);
    assert!(said.contains("the answer cannot be read"), "{said}");
}

#[test]
fn nothing_is_missing_where_it_is_not_known_to_belong() {
    let stage = Stage::new();
    let token = "token-env = \"GRAPH_TOKEN\"";
    // A domain is that tenant, as its own applications say.
    stage.configure("acme.onmicrosoft.com", token);
    assert_eq!(remarks(called(&stage.items(), "application", "gone")), ["not-in-cloud"]);
    // Code for another tenant.
    stage.write("main.tf", &CODE.replace(TENANT, OTHER));
    let items = stage.items();
    assert_eq!(presence(called(&items, "application", "exporter")), ("no", "yes"));
    // It is not known for which.
    stage.write("main.tf", &CODE.replace(&format!("tenant_id = \"{TENANT}\""), ""));
    let items = stage.items();
    assert_eq!(presence(called(&items, "application", "gone")), ("yes", "unknown"));
    assert_eq!(presence(called(&items, "application", "exporter")), HERE);
    let (text, _) = stage.run(&["inventory", "--live"]);
    assert!(text.contains("name its root modules in `roots` of `[[live.azure]]`"), "{text}");
    stage.configure("acme.onmicrosoft.com", &format!("{token}\nroots = [\".\"]"));
    assert_eq!(remarks(called(&stage.items(), "application", "gone")), ["not-in-cloud"]);
    // Whoever asks is somewhere else.
    stage.configure(OTHER, token);
    let said = stage.fails(TOKEN);
    assert!(said.contains(&format!("is in the tenant {TENANT}, and not in {OTHER}")), "{said}");
}

#[test]
fn what_a_service_principal_has_not_is_missed() {
    let stage = Stage::new();
    // One has a certificate and no password, one nothing at all, and there may be one.
    let more = r#"
resource "azuread_service_principal_password" "two" {
  service_principal_id = azuread_service_principal.two.id
}

resource "azuread_service_principal" "inline" {
  client_id = azuread_application.inline.client_id
}

resource "azuread_service_principal_password" "inline" {
  service_principal_id = azuread_service_principal.inline.id
}

variable "on" {}

resource "azuread_service_principal_certificate" "inline" {
  count                = var.on ? 1 : 0
  service_principal_id = azuread_service_principal.inline.id
  value                = var.pem
}
"#;
    stage.write("main.tf", &format!("{CODE}{more}"));
    stage.world().principal("inline", 4, TENANT, &[], &[]);
    let items = stage.items();
    for name in ["two", "inline"] {
        let address = format!("azuread_service_principal_password.{name}");
        let missing = called(&items, "client-secret", &address);
        assert_eq!((presence(missing), remarks(missing)), (("yes", "no"), vec!["not-in-cloud"]));
    }
    let perhaps = called(&items, "certificate", "azuread_service_principal_certificate.inline[0]");
    assert_eq!((presence(perhaps), remarks(perhaps)), (("yes", "unknown"), vec![]));
    // Who has nothing to log in with is not listed.
    assert!(!items.iter().any(|item| item["what"] == "service-principal" && item["name"] == "inline"));
}

#[test]
fn what_is_disabled_is_told() {
    let stage = Stage::new();
    stage.world().principals[0]["accountEnabled"] = false.into();
    let items = stage.items();
    let principal = called(&items, "service-principal", "00000000-0000-0000-0000-00000000c000");
    assert_eq!((&principal["active"], remarks(principal)), (&false.into(), vec!["inactive-but-kept"]));
    let secret = called(&items, "client-secret", "ffffff01");
    assert_eq!((&secret["active"], remarks(secret)), (&false.into(), vec!["inactive-but-kept"]));
}

#[test]
fn plans_go_by_what_is_there() {
    let stage = Stage::new();
    // As an application, with its password.
    stage.configure(TENANT, &format!("authority = \"{}\"", stage.address));
    let (text, _) = stage.run(&["rotate", "plan", "--live", "--format", "json", "--all"]);
    let plan: Value = serde_json::from_str(&text).expect("JSON");
    let items = plan["items"].as_array().expect("a list");
    let of = |address: &str| {
        items.iter().find(|item| item["credential"] == address).unwrap_or_else(|| panic!("no {address}"))
    };
    let ci = of("azuread_application_password.ci");
    assert_eq!((&ci["urgency"], &ci["age"]["since"]), (&"overdue".into(), &"2026-01-05".into()));
    assert!(
        ci["age"]["evidence"]
            .as_str()
            .is_some_and(|text| text.contains(&format!("in Entra tenant {TENANT}")))
    );
    assert!(ci["cautions"].to_string().contains("last used on 2026-11-18"), "{ci:#}");
    assert_eq!(of("azuread_service_principal_password.exporter")["age"]["since"], "2026-11-01");
    assert_eq!(of("azuread_application_password.lost")["urgency"], "undated");
    assert_eq!(of("azuread_application_password.twin")["urgency"], "undated");
}
