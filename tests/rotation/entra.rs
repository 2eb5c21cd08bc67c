//! Entra and Key Vault, as far as a rotation asks them: a server of our own after Microsoft's documentation, which
//! learns late, and on two machines of which one learns later than the other. What goes to and comes from Key Vault is
//! held against Microsoft's description of it.

#![allow(dead_code, reason = "not every test that shares this needs all of it")]

use crate::wire::{self, Answer, Request};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use jsonschema::Validator;
use regex::Regex;
use ring::rand::SecureRandom;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Of somebody who may do everything, for each of the two services.
pub const GRAPH_TOKEN: &str = "eyJ.a-token-for-graph-that-lives-for-seconds";
pub const VAULT_TOKEN: &str = "eyJ.a-token-for-vaults-that-lives-for-seconds";
/// What the platform of the tests signed.
pub const FEDERATED: &str = "eyJ.what-a-platform-says-of-its-workload";
pub const TENANT: &str = "acme.onmicrosoft.com";
const GRAPH: &str = "https://graph.microsoft.com";
const VAULT: &str = "https://vault.azure.net";
/// Versions on one page of a list.
const PAGE: usize = 2;

struct Password {
    id: String,
    secret: String,
    name: Option<String>,
    starts: i64,
    ends: i64,
    made: Instant,
    removed: Option<Instant>,
}

impl Password {
    fn is_there(&self, lag: Duration) -> bool {
        self.made.elapsed() >= lag && self.removed.is_none_or(|at| at.elapsed() < lag)
    }
}

/// One application, or its service principal.
#[derive(Default)]
struct Holder {
    passwords: Vec<Password>,
    /// What a policy of the tenant forbids.
    closed: bool,
}

struct Version {
    name: String,
    bundle: Map<String, Value>,
}

#[derive(Default)]
struct State {
    /// By what they are, `applications` or `servicePrincipals`, and their client id.
    holders: BTreeMap<(String, String), Holder>,
    secrets: BTreeMap<String, Vec<Version>>,
    /// What each token is for.
    tokens: BTreeMap<String, String>,
    /// Who got which.
    given: Vec<(String, String)>,
    wrong: Vec<String>,
    /// What is said instead of giving a token.
    says: Option<Answer>,
    /// Who asked for tokens, of Entra and as a machine.
    logins: Vec<String>,
}

#[derive(Clone, Copy, Default)]
pub struct Lag {
    /// Of the second of two machines that give tokens.
    pub tokens: Duration,
    pub lists: Duration,
}

#[derive(Clone)]
pub struct Cloud {
    pub address: String,
    state: Arc<Mutex<State>>,
    lag: Arc<Mutex<Lag>>,
    turn: Arc<AtomicUsize>,
    described: Arc<Described>,
}

impl Cloud {
    pub fn new() -> Self {
        let state = Arc::<Mutex<State>>::default();
        for (token, scope) in [(GRAPH_TOKEN, GRAPH), (VAULT_TOKEN, VAULT)] {
            state.lock().expect("whole").tokens.insert(token.to_owned(), scope.to_owned());
        }
        let mut cloud = Cloud {
            address: String::new(),
            state,
            lag: Arc::default(),
            turn: Arc::default(),
            described: Arc::new(Described::read()),
        };
        let desk = cloud.clone();
        cloud.address = wire::serve(move |request| desk.answer(request));
        cloud
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("whole")
    }

    pub fn lag(&self, lag: Lag) {
        *self.lag.lock().expect("whole") = lag;
    }

    /// A password that somebody made long ago. Gives its id and itself.
    pub fn make(&self, of: &str, client: &str) -> (String, String) {
        let now = jiff::Timestamp::now().as_second();
        let mut password = password(None, now - 3_600, now + 86_400);
        password.made = Instant::now().checked_sub(Duration::from_secs(3_600)).unwrap_or_else(Instant::now);
        self.keep(of, client, password)
    }

    /// One that somebody makes now.
    pub fn make_now(&self, of: &str, client: &str) -> (String, String) {
        let now = jiff::Timestamp::now().as_second();
        self.keep(of, client, password(None, now, now + 86_400))
    }

    fn keep(&self, of: &str, client: &str, password: Password) -> (String, String) {
        let made = (password.id.clone(), password.secret.clone());
        let mut state = self.state();
        state.holders.entry((of.to_owned(), client.to_owned())).or_default().passwords.push(password);
        made
    }

    pub fn remove(&self, of: &str, client: &str, id: &str) {
        let mut state = self.state();
        let holder = state.holders.get_mut(&(of.to_owned(), client.to_owned())).expect("there");
        let found = holder.passwords.iter_mut().find(|password| password.id == id);
        found.expect("there").removed = Some(Instant::now());
    }

    /// Its passwords are past their end.
    pub fn end(&self, of: &str, client: &str) {
        let mut state = self.state();
        let holder = state.holders.get_mut(&(of.to_owned(), client.to_owned())).expect("there");
        holder.passwords.iter_mut().for_each(|password| password.ends = password.starts + 1);
    }

    pub fn forbid(&self, client: &str) {
        let key = ("applications".to_owned(), client.to_owned());
        self.state().holders.get_mut(&key).expect("there").closed = true;
    }

    /// Ids of passwords that are there, and the name of each.
    pub fn passwords(&self, of: &str, client: &str) -> Vec<(String, Option<String>)> {
        let state = self.state();
        let holder = &state.holders[&(of.to_owned(), client.to_owned())];
        let there = holder.passwords.iter().filter(|password| password.removed.is_none());
        there.map(|password| (password.id.clone(), password.name.clone())).collect()
    }

    /// How long the newest password lasts, in seconds.
    pub fn lasts(&self, of: &str, client: &str) -> i64 {
        let state = self.state();
        let newest = state.holders[&(of.to_owned(), client.to_owned())].passwords.last().expect("one");
        newest.ends - newest.starts
    }

    /// Writes a secret past any description.
    pub fn write(&self, secret: &str, value: &str, tags: &Value) {
        let bundle = json!({ "value": value, "contentType": "text/plain", "tags": tags });
        self.add(secret, bundle.as_object().cloned().expect("an object"));
    }

    /// Turns the newest version off.
    pub fn turn_off(&self, secret: &str) {
        let mut state = self.state();
        let newest = state.secrets.get_mut(secret).and_then(|all| all.last_mut()).expect("there");
        newest.bundle["attributes"]["enabled"] = false.into();
    }

    /// What consumers get: the value, and all that is around it.
    pub fn current(&self, secret: &str) -> (String, Value) {
        let state = self.state();
        let bundle = state.secrets[secret].last().expect("there").bundle.clone();
        (bundle["value"].as_str().expect("text").to_owned(), Value::Object(bundle))
    }

    pub fn versions(&self, secret: &str) -> usize {
        self.state().secrets[secret].len()
    }

    pub fn say(&self, says: Option<Answer>) {
        self.state().says = says;
    }

    pub fn logins(&self) -> Vec<String> {
        self.state().logins.clone()
    }

    pub fn wrong(&self) -> Vec<String> {
        self.state().wrong.clone()
    }

    /// Everything that was ever secret of an application, as it is and in other forms.
    pub fn secrets_of(&self, client: &str) -> Vec<String> {
        let state = self.state();
        let holders = state.holders.iter().filter(|((_, known), _)| known == client);
        let passwords = holders.flat_map(|(_, holder)| &holder.passwords).map(|it| it.secret.clone());
        let given = state.given.iter().filter(|(whose, _)| whose == client).map(|(_, token)| token.clone());
        let texts: Vec<_> = passwords.chain(given).collect();
        let forms = texts
            .iter()
            .flat_map(|text| [STANDARD.encode(text), STANDARD_NO_PAD.encode(text), text.replace('~', "%7E")]);
        let forms: Vec<_> = forms.collect();
        texts.into_iter().chain(forms).collect()
    }

    /// As a consumer logs in: whether that worked, or what was said.
    pub fn login(&self, client: &str, password: &str) -> Result<(), String> {
        let body = format!(
            "grant_type=client_credentials&client_id={client}&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&client_secret={}",
            password.replace('~', "%7E")
        );
        let path = format!("/{TENANT}/oauth2/v2.0/token");
        let headers = "content-type: application/x-www-form-urlencoded\r\n";
        match wire::ask(&self.address, "POST", &path, headers, body.as_bytes()) {
            (200, _) => Ok(()),
            (_, said) => Err(said["error_codes"][0].to_string()),
        }
    }

    fn answer(&self, request: &Request) -> Answer {
        if request.path.ends_with("/oauth2/v2.0/token") {
            return self.token(request);
        }
        if request.path == "/metadata/identity/oauth2/token" {
            return self.machine(request);
        }
        let token = request.header("authorization").trim_start_matches("Bearer ");
        let scope = self.state().tokens.get(token).cloned().unwrap_or_default();
        let graph = request.path.starts_with("/v1.0/");
        match (graph, scope.as_str()) {
            (true, GRAPH) => self.graph(request),
            (false, VAULT) => self.vault(request),
            (true, _) => refused(401, "InvalidAuthenticationToken", "Access token is empty or for another."),
            (false, _) => refused(401, "Unauthorized", "AKV10022: Invalid audience."),
        }
    }

    /// Source: Microsoft identity platform, "OAuth 2.0 client credentials flow".
    fn token(&self, request: &Request) -> Answer {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let of = |name: &str| {
            let found = body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            unescaped(found.unwrap_or_default())
        };
        let says = |error: &str, code: u32| {
            let text = format!("AADSTS{code}: of app '{}'. Trace ID: 0", of("client_id"));
            let status = if error == "invalid_client" { 401 } else { 400 };
            (status, json!({ "error": error, "error_codes": [code], "error_description": text }))
        };
        // Requests go to one machine and to the other.
        let late = self.turn.fetch_add(1, Ordering::SeqCst) % 2 == 1;
        let lag = if late { self.lag.lock().expect("whole").tokens } else { Duration::ZERO };
        let mut state = self.state();
        let client = of("client_id");
        state.logins.push(client.clone());
        if let Some(says) = &state.says {
            return says.clone();
        }
        if request.path != format!("/{TENANT}/oauth2/v2.0/token") {
            return says("invalid_request", 90_002);
        }
        if of("grant_type") != "client_credentials" {
            return says("unsupported_grant_type", 70_003);
        }
        let scope = of("scope");
        let Some(scope) = scope.strip_suffix("/.default").filter(|scope| [GRAPH, VAULT].contains(scope))
        else {
            return says("invalid_scope", 70_011);
        };
        let of_client: Vec<_> = state
            .holders
            .iter()
            .filter(|((_, known), _)| *known == client)
            .map(|(_, holder)| holder)
            .collect();
        if of_client.is_empty() {
            return says("unauthorized_client", 700_016);
        }
        let now = jiff::Timestamp::now().as_second();
        if of("client_assertion_type") == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
            if of("client_assertion") != FEDERATED {
                return says("invalid_client", 700_213);
            }
        } else {
            let secret = of("client_secret");
            let known = of_client.iter().flat_map(|holder| &holder.passwords);
            match known.filter(|password| password.is_there(lag)).find(|password| password.secret == secret) {
                Some(password) if password.ends <= now => return says("invalid_client", 7_000_222),
                Some(_) => {}
                None => return says("invalid_client", 7_000_215),
            }
        }
        let token = format!("eyJ.{}", text(24));
        state.tokens.insert(token.clone(), scope.to_owned());
        state.given.push((client, token.clone()));
        (200, json!({ "token_type": "Bearer", "expires_in": 3_599, "access_token": token }))
    }

    fn machine(&self, request: &Request) -> Answer {
        self.state().logins.push(format!("machine {}", request.query));
        let resource = request.query.split('&').find_map(|pair| pair.strip_prefix("resource="));
        let resource = unescaped(resource.unwrap_or_default());
        let token = match resource.as_str() {
            GRAPH => GRAPH_TOKEN,
            VAULT => VAULT_TOKEN,
            _ => return (400, json!({ "error": "invalid_resource" })),
        };
        match request.header("metadata") {
            "true" => (200, json!({ "access_token": token, "expires_in": "3599", "token_type": "Bearer" })),
            _ => (400, json!({ "error": "bad_request_102" })),
        }
    }

    /// Source: Microsoft Graph v1.0, `application` and `servicePrincipal`.
    fn graph(&self, request: &Request) -> Answer {
        let pattern =
            Regex::new(r"^/v1\.0/(applications|servicePrincipals)\(appId='([0-9a-f-]{36})'\)(/\w+)?$");
        let Some(found) = pattern.expect("a pattern").captures(&request.path) else {
            self.state().wrong.push(format!("{} {}: no such path", request.method, request.path));
            return refused(400, "BadRequest", "Resource not found for the segment.");
        };
        let part = |at: usize| found.get(at).map_or("", |part| part.as_str());
        let lag = self.lag.lock().expect("whole").lists;
        let mut state = self.state();
        let State { holders, wrong, .. } = &mut *state;
        let Some(holder) = holders.get_mut(&(part(1).to_owned(), part(2).to_owned())) else {
            return refused(404, "Request_ResourceNotFound", "Resource does not exist.");
        };
        let body = request.json();
        let fields = |body: &Value, known: &[&str]| {
            body.as_object().is_some_and(|fields| fields.keys().all(|name| known.contains(&name.as_str())))
        };
        match (request.method.as_str(), part(3)) {
            ("GET", "") => {
                let there = holder.passwords.iter().filter(|password| password.is_there(lag));
                let rows: Vec<_> = there.map(|password| row(password, false)).collect();
                (200, json!({ "id": "0", "appId": part(2), "passwordCredentials": rows }))
            }
            ("POST", "/addPassword") => {
                let wanted = &body["passwordCredential"];
                let known = ["displayName", "startDateTime", "endDateTime"];
                if !fields(&body, &["passwordCredential"]) || !fields(wanted, &known) {
                    wrong.push(format!("addPassword: {body}"));
                    return refused(400, "Request_BadRequest", "A value is not valid.");
                }
                if holder.closed {
                    let words = "Credential type not allowed as per assigned policy 'acme'.";
                    return refused(400, "CredentialTypeNotAllowedAsPerAppPolicy", words);
                }
                let now = jiff::Timestamp::now();
                let ends =
                    wanted["endDateTime"].as_str().map(|at| at.parse::<jiff::Timestamp>().expect("a time"));
                let ends = ends.map_or(now.as_second() + 2 * 365 * 86_400, |at| at.as_second());
                let name = wanted["displayName"].as_str().map(str::to_owned);
                let made = password(name, now.as_second(), ends);
                let said = row(&made, true);
                holder.passwords.push(made);
                (200, said)
            }
            ("POST", "/removePassword") => {
                if !fields(&body, &["keyId"]) {
                    wrong.push(format!("removePassword: {body}"));
                }
                let mut there = holder.passwords.iter_mut().filter(|password| password.removed.is_none());
                match there.find(|password| body["keyId"] == password.id.as_str()) {
                    Some(password) => {
                        password.removed = Some(Instant::now());
                        (204, Value::Null)
                    }
                    None => refused(400, "Request_BadRequest", "No password credential found with keyId."),
                }
            }
            _ => refused(405, "Request_BadRequest", "Specified HTTP method is not allowed."),
        }
    }

    fn vault(&self, request: &Request) -> Answer {
        let named = format!("{} {}", request.method, request.path);
        let Some(operation) = self.described.find(&request.method, &request.path) else {
            self.state().wrong.push(format!("{named}: no such operation"));
            return refused(404, "NotFound", "no such operation");
        };
        let mut wrong = self.described.problems(operation, request);
        let (status, said) = self.secret(request);
        if status == 200 {
            let schema = operation["response"].as_str().expect("a schema");
            wrong.extend(self.described.wrong(schema, &said).map(|why| format!("our own answer: {why}")));
        }
        self.state().wrong.extend(wrong.into_iter().map(|why| format!("{named}: {why}")));
        (status, said)
    }

    fn secret(&self, request: &Request) -> Answer {
        let parts: Vec<_> = request.path.trim_start_matches("/secrets/").split('/').collect();
        if request.method == "PUT" {
            let bundle = request.json().as_object().cloned().unwrap_or_default();
            return (200, self.add(parts[0], bundle));
        }
        let state = self.state();
        let none = || {
            let words = format!("A secret with (name/id) {} was not found in this key vault.", parts[0]);
            refused(404, "SecretNotFound", &words)
        };
        let Some(versions) = state.secrets.get(parts[0]) else { return none() };
        let found = match parts[1..] {
            [] => versions.last(),
            ["versions"] => return page(parts[0], versions, request),
            [name] => versions.iter().find(|version| version.name == name),
            _ => None,
        };
        match found {
            None => none(),
            Some(version) if version.bundle["attributes"]["enabled"] == false => {
                let words = "Operation get is not allowed on a disabled secret.";
                let error = json!({ "code": "Forbidden", "message": words, "innererror": { "code": "SecretDisabled" } });
                (403, json!({ "error": error }))
            }
            Some(version) => (200, Value::Object(version.bundle.clone())),
        }
    }

    fn add(&self, secret: &str, mut bundle: Map<String, Value>) -> Value {
        let name = text(16);
        let now = jiff::Timestamp::now().as_second();
        let id = format!("https://acme.vault.azure.net/secrets/{secret}/{name}");
        bundle.insert("id".to_owned(), id.into());
        bundle.insert(
            "attributes".to_owned(),
            json!({ "enabled": true, "created": now, "updated": now, "recoveryLevel": "Recoverable" }),
        );
        let said = Value::Object(bundle.clone());
        self.state().secrets.entry(secret.to_owned()).or_default().push(Version { name, bundle });
        said
    }
}

fn page(secret: &str, versions: &[Version], request: &Request) -> Answer {
    let from =
        request.query.split('&').find_map(|pair| pair.strip_prefix("$skiptoken=")?.parse::<usize>().ok());
    let from = from.unwrap_or_default();
    let rows = versions.iter().skip(from).take(PAGE).map(|version| {
        let mut row = version.bundle.clone();
        row.remove("value");
        row
    });
    let mut said = json!({ "value": rows.collect::<Vec<_>>() });
    if versions.len() > from + PAGE {
        let (host, to) = (request.header("host"), from + PAGE);
        let rest = format!("api-version=7.4&$skiptoken={to}");
        said["nextLink"] = format!("http://{host}/secrets/{secret}/versions?{rest}").into();
    }
    (200, said)
}

fn refused(status: u16, code: &str, message: &str) -> Answer {
    (status, json!({ "error": { "code": code, "message": message } }))
}

fn row(password: &Password, fresh: bool) -> Value {
    let time = |at: i64| jiff::Timestamp::from_second(at).expect("a time").to_string();
    json!({
        "customKeyIdentifier": null,
        "displayName": password.name,
        "startDateTime": time(password.starts),
        "endDateTime": time(password.ends),
        "hint": password.secret[..3],
        "keyId": password.id,
        "secretText": fresh.then(|| password.secret.clone()),
    })
}

fn bytes(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    ring::rand::SystemRandom::new().fill(&mut bytes).expect("random numbers");
    bytes
}

fn text(count: usize) -> String {
    URL_SAFE_NO_PAD.encode(bytes(count))
}

fn password(name: Option<String>, starts: i64, ends: i64) -> Password {
    let hex: String = bytes(16).iter().map(|byte| format!("{byte:02x}")).collect();
    let id = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-");
    let secret = format!("{}~{}", text(9), text(18));
    Password { id, secret, name, starts, ends, made: Instant::now(), removed: None }
}

fn unescaped(text: &str) -> String {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let escaped = (*first == b'%' && more.len() >= 2)
            .then(|| u8::from_str_radix(&String::from_utf8_lossy(&more[..2]), 16).ok())
            .flatten();
        (out, rest) = match escaped {
            Some(byte) => ([out, vec![byte]].concat(), &more[2..]),
            None => ([out, vec![*first]].concat(), more),
        };
    }
    String::from_utf8(out).expect("text")
}

/// Key Vault in Microsoft's words.
struct Described {
    operations: Value,
    schemas: BTreeMap<String, Validator>,
}

impl Described {
    fn read() -> Self {
        let path = format!("{}/testdata/azure/keyvault.json", env!("CARGO_MANIFEST_DIR"));
        let read: Value = serde_json::from_slice(&std::fs::read(path).expect("there")).expect("JSON");
        let schemas = read["definitions"].as_object().expect("schemas").keys().map(|name| {
            let schema =
                json!({ "$ref": format!("#/definitions/{name}"), "definitions": read["definitions"] });
            (name.clone(), jsonschema::validator_for(&schema).expect("a schema"))
        });
        Described { operations: read["operations"].clone(), schemas: schemas.collect() }
    }

    fn find(&self, method: &str, path: &str) -> Option<&Value> {
        self.operations.as_object().expect("operations").values().find(|operation| {
            let pattern = Regex::new(operation["path"].as_str().expect("a pattern")).expect("a pattern");
            operation["method"] == method && pattern.is_match(path)
        })
    }

    fn problems(&self, operation: &Value, request: &Request) -> Vec<String> {
        let known = operation["query"].as_array().expect("names");
        let mut keys: Vec<_> =
            request.query.split('&').filter_map(|pair| Some(pair.split_once('=')?.0)).collect();
        let mut wrong = Vec::new();
        if !request.query.contains("api-version=7.4") {
            wrong.push("no version of the API".to_owned());
        }
        keys.retain(|key| known.iter().all(|name| name != key));
        wrong.extend(keys.iter().map(|key| format!("no parameter {key}")));
        match operation["request"].as_str() {
            Some(schema) => wrong.extend(self.wrong(schema, &request.json())),
            None if !request.body.is_empty() => wrong.push("there should be no body".to_owned()),
            None => {}
        }
        wrong
    }

    fn wrong(&self, schema: &str, body: &Value) -> impl Iterator<Item = String> {
        let wrong: Vec<_> = self.schemas[schema].iter_errors(body).map(|error| error.to_string()).collect();
        wrong.into_iter()
    }
}
