//! Google Cloud, as far as a rotation asks it. Keys of service accounts and tokens are on a server of our own, which
//! has real RSA keys and lists and believes late; secrets are on an emulator that somebody else wrote. What is asked
//! and what is answered is held against Google's own description of its APIs.

#![allow(dead_code, reason = "not every test that shares this needs all of it")]

use crate::described::Described;
use crate::servers::{self, Server};
use crate::wire::{Answer, Request, ask, serve};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

/// Of somebody who may do everything.
pub const TOKEN: &str = "ya29.a-token-of-a-cloud-that-lives-for-seconds";
const PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";
const ROOM: usize = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Absent,
    Active,
    Disabled,
}

struct Made {
    id: String,
    /// The secret half, as it is in the file of the key.
    pem: String,
    public: Vec<u8>,
    created: i64,
    uploaded: bool,
    status: Vec<(Instant, Status)>,
}

impl Made {
    fn at(&self, lag: Duration) -> Status {
        let known = self.status.iter().rfind(|(since, _)| since.elapsed() >= lag);
        known.map_or(Status::Absent, |(_, status)| *status)
    }

    fn set(&mut self, status: Status) {
        self.status.push((Instant::now(), status));
    }
}

/// One service account.
#[derive(Default)]
struct Account {
    keys: Vec<Made>,
    token_uri: String,
    /// What its organization forbids.
    closed: bool,
}

#[derive(Default)]
struct State {
    accounts: BTreeMap<String, Account>,
    wrong: Vec<String>,
    /// With the scope of each.
    tokens: BTreeMap<String, String>,
    /// Tokens and signatures of each account.
    secrets: Vec<(String, String)>,
    /// Versions of secrets, and since when they are there.
    versions: BTreeMap<String, Vec<(u64, Instant)>>,
    /// What somebody writes when the next version is on its way.
    meanwhile: Option<(String, String)>,
    /// What the token endpoint says instead.
    says: Option<(u16, Value)>,
    assertions: usize,
}

/// How long it takes until everybody knows what was changed.
#[derive(Clone, Copy, Default)]
pub struct Lag {
    pub tokens: Duration,
    pub lists: Duration,
    pub latest: Duration,
}

pub struct Cloud {
    pub address: String,
    pub drongo: Server,
    state: Arc<Mutex<State>>,
    lag: Arc<Mutex<Lag>>,
}

impl Cloud {
    pub fn new() -> Self {
        stock();
        let drongo = servers::drongo();
        let state = Arc::<Mutex<State>>::default();
        state.lock().expect("whole").tokens.insert(TOKEN.to_owned(), PLATFORM.to_owned());
        let lag = Arc::<Mutex<Lag>>::default();
        let desk = Desk {
            state: state.clone(),
            lag: lag.clone(),
            drongo: drongo.address.clone(),
            described: Arc::new(["iam", "secretmanager"].map(Described::read)),
        };
        let address = serve(move |request| desk.answer(request));
        Cloud { address, drongo, state, lag }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("whole")
    }

    pub fn lag(&self, lag: Lag) {
        *self.lag.lock().expect("whole") = lag;
    }

    /// An account without keys, whose key files say where tokens are.
    pub fn account(&self, email: &str, token_uri: &str) {
        let account = Account { token_uri: token_uri.to_owned(), ..Account::default() };
        self.state().accounts.insert(email.to_owned(), account);
    }

    /// A key as operators make it: its file.
    pub fn make(&self, email: &str) -> String {
        let key = pair();
        let mut state = self.state();
        let account = state.accounts.get_mut(email).expect("an account");
        let file = file(email, &account.token_uri, &key);
        account.keys.push(key.known_for(Duration::from_secs(3_600)));
        file
    }

    pub fn upload(&self, email: &str) -> String {
        let key = pair();
        let (id, mut state) = (key.id.clone(), self.state());
        let key = Made { uploaded: true, ..key.known_for(Duration::from_secs(3_600)) };
        state.accounts.get_mut(email).expect("an account").keys.push(key);
        id
    }

    pub fn forbid(&self, email: &str) {
        self.state().accounts.get_mut(email).expect("an account").closed = true;
    }

    pub fn forget(&self, email: &str) {
        self.state().accounts.remove(email);
    }

    /// Ids of keys that are there, and whether each is active.
    pub fn keys(&self, email: &str) -> Vec<(String, bool)> {
        let state = self.state();
        let keys = state.accounts[email].keys.iter().map(|key| (key, key.at(Duration::ZERO)));
        let there = keys.filter(|(_, status)| *status != Status::Absent);
        there.map(|(key, status)| (key.id.clone(), status == Status::Active)).collect()
    }

    pub fn say(&self, says: Option<(u16, Value)>) {
        self.state().says = says;
    }

    /// Somebody else writes right before the next version arrives.
    pub fn interfere(&self, secret: &str, text: &str) {
        self.state().meanwhile = Some((secret.to_owned(), text.to_owned()));
    }

    /// How often somebody asked for a token.
    pub fn assertions(&self) -> usize {
        self.state().assertions
    }

    pub fn wrong(&self) -> Vec<String> {
        self.state().wrong.clone()
    }

    /// Pieces of everything that was ever secret of an account, as they are and in base64.
    pub fn secrets(&self, email: &str) -> Vec<String> {
        let state = self.state();
        let keys = state.accounts.get(email).into_iter().flat_map(|account| &account.keys);
        // A line of the PEM.
        let lines = keys.map(|key| key.pem.lines().nth(5).expect("long").to_owned());
        let others = state.secrets.iter().filter(|(whose, _)| whose == email).map(|(_, text)| text.clone());
        let texts: Vec<_> = lines.chain(others).collect();
        let coded = texts.iter().flat_map(|text| {
            (0..3).map(|from| STANDARD.encode(&text.as_bytes()[from..])[..40.min(text.len())].to_owned())
        });
        let coded: Vec<_> = coded.collect();
        texts.into_iter().chain(coded).collect()
    }

    /// Adds a version of a secret, past any description, and makes the secret where there is none.
    pub fn write(&self, secret: &str, text: &str) -> u64 {
        let drongo = &self.drongo.address;
        let (parent, name) = secret.rsplit_once('/').expect("a name");
        let made = json!({ "replication": { "automatic": {} } }).to_string();
        let _ = forward(drongo, "POST", &format!("/v1/{parent}?secretId={name}"), made.as_bytes());
        let body = json!({ "payload": { "data": STANDARD.encode(text) } }).to_string();
        let (status, said) = forward(drongo, "POST", &format!("/v1/{secret}:addVersion"), body.as_bytes());
        assert_eq!(status, 200, "{said}");
        let number = number_of(&said);
        let long_ago = Instant::now().checked_sub(Duration::from_secs(3_600)).unwrap_or_else(Instant::now);
        self.state().versions.entry(secret.to_owned()).or_default().push((number, long_ago));
        number
    }

    pub fn disable(&self, secret: &str, number: u64) {
        let drongo = &self.drongo.address;
        let (status, _) = forward(drongo, "POST", &format!("/v1/{secret}/versions/{number}:disable"), b"{}");
        assert_eq!(status, 200);
    }

    /// What consumers are given.
    pub fn latest(&self, secret: &str) -> String {
        let (status, said) =
            forward(&self.address, "GET", &format!("/v1/{secret}/versions/latest:access"), b"");
        assert_eq!(status, 200, "{said}");
        let text = STANDARD.decode(said["payload"]["data"].as_str().expect("text")).expect("base64");
        String::from_utf8(text).expect("text")
    }

    /// As a consumer logs in with the file of a key: whether that worked, or what was said.
    pub fn login(&self, file: &str) -> Result<(), String> {
        let file: Value = serde_json::from_str(file).map_err(|error| error.to_string())?;
        let of = |name: &str| file[name].as_str().expect("there").to_owned();
        let now = jiff::Timestamp::now().as_second();
        let head = json!({ "alg": "RS256", "typ": "JWT", "kid": of("private_key_id") });
        let claims = json!({ "iss": of("client_email"), "scope": PLATFORM, "aud": of("token_uri"), "iat": now, "exp": now + 3_600 });
        let signed = [head, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
        let pair = RsaKeyPair::from_pkcs8(&der(&of("private_key"))).map_err(|error| error.to_string())?;
        let mut signature = vec![0; pair.public().modulus_len()];
        let random = ring::rand::SystemRandom::new();
        pair.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).expect("signed");
        let assertion = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
        let body =
            format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}");
        let (status, said) = forward(&self.address, "POST", "/token", body.as_bytes());
        match status {
            200 => Ok(()),
            _ => Err(said["error_description"].as_str().unwrap_or("nothing").to_owned()),
        }
    }
}

impl Made {
    fn known_for(mut self, length: Duration) -> Self {
        let since = Instant::now().checked_sub(length).unwrap_or_else(Instant::now);
        self.status = vec![(since, Status::Active)];
        self.created -= length.as_secs() as i64;
        self
    }
}

fn der(pem: &str) -> Vec<u8> {
    let lines: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    STANDARD.decode(lines).expect("base64")
}

/// Pairs cost much, so a few of them are used in turns, under an id that is new each time.
fn stock() -> &'static [(String, Vec<u8>)] {
    static STOCK: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    STOCK.get_or_init(|| (0..6).map(|_| new_pair()).collect())
}

fn new_pair() -> (String, Vec<u8>) {
    let mut command = Command::new("openssl");
    command.args(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]);
    let output = command.output().expect("OpenSSL starts");
    assert!(output.status.success());
    let pem = String::from_utf8(output.stdout).expect("text");
    let public = RsaKeyPair::from_pkcs8(&der(&pem)).expect("a pair").public_key().as_ref().to_vec();
    (pem, public)
}

/// A new key, as Google makes it.
fn pair() -> Made {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::SeqCst);
    let (pem, public) = stock()[count % stock().len()].clone();
    let named = [&public[..], &count.to_be_bytes()].concat();
    let id = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &named);
    let id = id.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let created = jiff::Timestamp::now().as_second();
    Made { id, pem, public, created, uploaded: false, status: Vec::new() }
}

/// Source: Google Cloud, "Create and delete service account keys".
fn file(email: &str, token_uri: &str, key: &Made) -> String {
    let file = json!({
        "type": "service_account",
        "project_id": "acme",
        "private_key_id": key.id,
        "private_key": key.pem,
        "client_email": email,
        "client_id": "100000000000000000001",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": token_uri,
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "universe_domain": "googleapis.com",
    });
    serde_json::to_string_pretty(&file).expect("JSON") + "\n"
}

#[derive(Clone)]
struct Desk {
    state: Arc<Mutex<State>>,
    lag: Arc<Mutex<Lag>>,
    drongo: String,
    described: Arc<[Described; 2]>,
}

fn refused(status: u16, word: &str, message: &str) -> Answer {
    (status, json!({ "error": { "code": status, "message": message, "status": word } }))
}

impl Desk {
    fn lag(&self) -> Lag {
        *self.lag.lock().expect("whole")
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("whole")
    }

    fn note(&self, wrong: String) {
        self.state().wrong.push(wrong);
    }

    fn answer(&self, request: &Request) -> Answer {
        if request.path == "/token" {
            return self.token(&String::from_utf8_lossy(&request.body));
        }
        if request.path.starts_with("/computeMetadata/") {
            return match request.header("metadata-flavor") == "Google" {
                true => (200, json!({ "access_token": TOKEN, "expires_in": 3_599, "token_type": "Bearer" })),
                false => (403, Value::Null),
            };
        }
        // Tests read as consumers without a login.
        let inside = request.header("x-inside") == "yes";
        let token = request.header("authorization").trim_start_matches("Bearer ");
        match self.state().tokens.get(token).map(String::as_str) {
            Some(PLATFORM) => {}
            _ if inside => {}
            Some(_) => {
                return refused(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.");
            }
            None => {
                return refused(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
            }
        }
        self.described(request)
    }

    fn described(&self, request: &Request) -> Answer {
        let named = format!("{} {}", request.method, request.path);
        let Some((described, method, value)) =
            Described::find(&*self.described, &request.method, &request.path)
        else {
            self.note(format!("{named}: no such method"));
            return refused(404, "NOT_FOUND", "no such method");
        };
        for wrong in described.asked(method, &request.query, &request.body) {
            self.note(format!("{named}: {wrong}"));
        }
        let body = request.json();
        let (status, said) = match method.name.as_str() {
            "addVersion" => self.add_version(&value, &body, &request.body),
            "access" => self.access(&value),
            what => self.account(what, &value),
        };
        if status == 200 {
            for wrong in described.answered(method, &said) {
                self.note(format!("our own answer of {named}: {wrong}"));
            }
        }
        (status, said)
    }

    fn account(&self, what: &str, value: &str) -> Answer {
        let parts: Vec<_> = value.split('/').collect();
        let email = parts[3].to_owned();
        if what == "create" {
            return self.create(&email);
        }
        let lag = self.lag();
        let mut state = self.state();
        let Some(account) = state.accounts.get_mut(&email) else { return missing(parts[1]) };
        if what == "list" {
            let there = account.keys.iter().filter(|key| key.at(lag.lists) != Status::Absent);
            let rows: Vec<_> = there.map(|key| row(&email, key, key.at(lag.lists))).collect();
            // A list of nothing has no field.
            return (200, if rows.is_empty() { json!({}) } else { json!({ "keys": rows }) });
        }
        let there = account
            .keys
            .iter_mut()
            .find(|key| key.id == parts[5] && key.at(Duration::ZERO) != Status::Absent);
        let Some(key) = there else { return missing(parts[1]) };
        key.set(match what {
            "delete" => Status::Absent,
            "disable" => Status::Disabled,
            _ => Status::Active,
        });
        (200, json!({}))
    }

    fn create(&self, email: &str) -> Answer {
        let mut made = pair();
        let mut state = self.state();
        let Some(account) = state.accounts.get_mut(email) else { return missing("acme") };
        let there = account.keys.iter().filter(|key| key.at(Duration::ZERO) != Status::Absent).count();
        if account.closed {
            return refused(
                400,
                "FAILED_PRECONDITION",
                "Key creation is not allowed on this service account.",
            );
        }
        if there >= ROOM {
            return refused(400, "FAILED_PRECONDITION", "Precondition check failed.");
        }
        made.set(Status::Active);
        let text = file(email, &account.token_uri, &made);
        let mut said = row(email, &made, Status::Active);
        said["privateKeyType"] = "TYPE_GOOGLE_CREDENTIALS_FILE".into();
        said["privateKeyData"] = STANDARD.encode(&text).into();
        account.keys.push(made);
        (200, said)
    }

    /// Source: Google Identity, "Using OAuth 2.0 for Server to Server Applications", "JWT error codes".
    fn token(&self, body: &str) -> Answer {
        let lag = self.lag();
        let mut state = self.state();
        state.assertions += 1;
        if let Some(says) = &state.says {
            return says.clone();
        }
        let wrong = |why: &str| (400, json!({ "error": "invalid_grant", "error_description": why }));
        let of = |name: &str| body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        if of("grant_type") != Some("urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer") {
            return (
                400,
                json!({ "error": "unsupported_grant_type", "error_description": "Invalid grant_type" }),
            );
        }
        let assertion = of("assertion").unwrap_or_default();
        let parts: Vec<_> = assertion.split('.').collect();
        let [head, claims, signature] = parts[..] else { return wrong("Invalid JWT") };
        let json = |part: &str| -> Value {
            URL_SAFE_NO_PAD
                .decode(part)
                .ok()
                .and_then(|bytes| serde_json::from_slice(&bytes).ok())
                .unwrap_or_default()
        };
        let (heading, claimed) = (json(head), json(claims));
        let Some(account) = claimed["iss"].as_str().and_then(|email| state.accounts.get(email)) else {
            return wrong("Invalid grant: account not found");
        };
        // Google's library names the usual place, wherever it asks.
        let usual = "https://oauth2.googleapis.com/token";
        let for_us = claimed["aud"] == account.token_uri.as_str() || claimed["aud"] == usual;
        if heading["alg"] != "RS256" || !for_us {
            return wrong("Invalid JWT: Failed audience check.");
        }
        let now = jiff::Timestamp::now().as_second();
        let [begins, ends] = ["iat", "exp"].map(|name| claimed[name].as_i64().unwrap_or_default());
        if begins > now + 60 || ends < now || ends - begins > 3_600 {
            return wrong(
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.",
            );
        }
        let (signed, signature) =
            (format!("{head}.{claims}"), URL_SAFE_NO_PAD.decode(signature).unwrap_or_default());
        let key = account
            .keys
            .iter()
            .find(|key| heading["kid"] == key.id.as_str() && key.at(lag.tokens) == Status::Active);
        let fits = key.is_some_and(|key| {
            let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &key.public);
            public.verify(signed.as_bytes(), &signature).is_ok()
        });
        if !fits {
            return wrong("Invalid JWT Signature.");
        }
        let scope = claimed["scope"].as_str().unwrap_or_default().to_owned();
        if scope.is_empty() {
            return (
                400,
                json!({ "error": "invalid_scope", "error_description": "Empty or missing scope not allowed." }),
            );
        }
        let text = format!("ya29.token-{}-{}", state.assertions, parts[2][..24].to_owned());
        state.tokens.insert(text.clone(), scope);
        let email = claimed["iss"].as_str().unwrap_or_default();
        let both = [text.clone(), parts[2][..64].to_owned()];
        state.secrets.extend(both.map(|secret| (email.to_owned(), secret)));
        (200, json!({ "access_token": text, "expires_in": 3_599, "token_type": "Bearer" }))
    }

    fn add_version(&self, secret: &str, body: &Value, raw: &[u8]) -> Answer {
        let data = STANDARD.decode(body["payload"]["data"].as_str().unwrap_or_default()).unwrap_or_default();
        let sum = body["payload"]["dataCrc32c"].as_str().and_then(|sum| sum.parse().ok());
        if sum != Some(castagnoli(&data)) {
            self.note(format!("{secret}: the sum is {sum:?}"));
            return refused(400, "INVALID_ARGUMENT", "The payload does not have this checksum.");
        }
        let path = format!("/v1/{secret}:addVersion");
        let meanwhile = self.state().meanwhile.take_if(|(which, _)| which == secret);
        if let Some((_, text)) = meanwhile {
            let body = json!({ "payload": { "data": STANDARD.encode(text) } }).to_string();
            forward(&self.drongo, "POST", &path, body.as_bytes());
        }
        let (status, said) = forward(&self.drongo, "POST", &path, raw);
        if status == 200 {
            let entry = (number_of(&said), Instant::now());
            self.state().versions.entry(secret.to_owned()).or_default().push(entry);
        }
        (status, said)
    }

    /// `latest` may be behind, a number is not. The emulator knows nothing of that, nor of sums.
    fn access(&self, version: &str) -> Answer {
        let mut version = version.to_owned();
        if let Some(secret) = version.strip_suffix("/versions/latest") {
            let (state, lag) = (self.state(), self.lag().latest);
            let known = state.versions.get(secret).map(Vec::as_slice).unwrap_or_default();
            let old =
                known.iter().filter(|(_, since)| since.elapsed() >= lag).map(|(number, _)| number).max();
            let Some(number) = old else { return refused(404, "NOT_FOUND", "no version") };
            version = format!("{secret}/versions/{number}");
        }
        let (status, mut said) = forward(&self.drongo, "GET", &format!("/v1/{version}:access"), b"");
        if let Some(data) = said["payload"]["data"].as_str().and_then(|data| STANDARD.decode(data).ok()) {
            said["payload"]["dataCrc32c"] = castagnoli(&data).to_string().into();
        }
        (status, said)
    }
}

/// With `-` for the project it is not told what is not there.
/// Source: IAM API v1, `projects.serviceAccounts.keys.delete`.
fn missing(project: &str) -> Answer {
    match project {
        "-" => refused(403, "PERMISSION_DENIED", "Permission denied on resource (or it may not exist)."),
        _ => refused(404, "NOT_FOUND", "Service account key does not exist."),
    }
}

fn row(email: &str, key: &Made, status: Status) -> Value {
    let time = jiff::Timestamp::from_second(key.created).expect("a time").to_string();
    let mut row = json!({
        "name": format!("projects/acme/serviceAccounts/{email}/keys/{}", key.id),
        "validAfterTime": time,
        "validBeforeTime": "9999-12-31T23:59:59Z",
        "keyAlgorithm": "KEY_ALG_RSA_2048",
        "keyOrigin": if key.uploaded { "USER_PROVIDED" } else { "GOOGLE_PROVIDED" },
        "keyType": "USER_MANAGED",
    });
    if status == Status::Disabled {
        row["disabled"] = true.into();
        row["disableReason"] = "SERVICE_ACCOUNT_KEY_DISABLE_REASON_USER_INITIATED".into();
    }
    row
}

fn number_of(said: &Value) -> u64 {
    let name = said["name"].as_str().expect("a name");
    name.rsplit('/').next().and_then(|number| number.parse().ok()).expect("a number")
}

/// Source: RFC 3720, appendix B.4, with a table.
fn castagnoli(bytes: &[u8]) -> u32 {
    let table: Vec<u32> = (0..256u32)
        .map(|byte| {
            (0..8).fold(byte, |sum, _| if sum & 1 == 1 { 0x82f6_3b78 ^ (sum >> 1) } else { sum >> 1 })
        })
        .collect();
    !bytes.iter().fold(u32::MAX, |sum, byte| table[((sum ^ u32::from(*byte)) & 255) as usize] ^ (sum >> 8))
}

fn forward(to: &str, method: &str, path: &str, body: &[u8]) -> Answer {
    ask(to, method, path, "x-inside: yes\r\ncontent-type: application/json\r\n", body)
}
