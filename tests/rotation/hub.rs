//! Secrets and deploy keys of GitHub on a server of our own, which opens every box with the private half of its key.
//! What is asked and what it answers is held against GitHub's own description of its API.

#![allow(dead_code, reason = "not every test that shares this needs all of it")]

pub mod deployed;

use crate::wire::{self, Request};
use crypto_box::SecretKey;
use crypto_box::aead::OsRng;
use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

pub const TOKEN: &str = "a-token-of-a-server-that-lives-for-seconds";

#[derive(Clone, Debug, Default)]
pub struct Stored {
    pub value: String,
    pub updated: i64,
    pub writes: usize,
    /// Of an organization.
    pub visibility: Option<String>,
    pub repositories: Vec<u64>,
}

#[derive(Default)]
struct State {
    stored: BTreeMap<String, Stored>,
    wrong: Vec<String>,
    /// Each list of secrets has its own.
    keys: BTreeMap<String, SecretKey>,
    deploy: deployed::Keys,
}

pub struct Hub {
    pub address: String,
    state: Arc<Mutex<State>>,
}

impl Hub {
    pub fn new() -> Self {
        let state = Arc::<Mutex<State>>::default();
        let (kept, description) = (state.clone(), Arc::new(description()));
        let address = wire::serve(move |request| answer(request, &description, &kept));
        Hub { address, state }
    }

    /// As somebody by hand.
    pub fn store(&self, path: &str, stored: Stored) {
        self.state.lock().expect("whole").stored.insert(path.to_owned(), stored);
    }

    pub fn stored(&self, path: &str) -> Stored {
        self.state.lock().expect("whole").stored.get(path).cloned().expect("there")
    }

    /// Several at one moment.
    pub fn values(&self, paths: [&str; 2]) -> [String; 2] {
        let state = self.state.lock().expect("whole");
        paths.map(|path| state.stored[path].value.clone())
    }

    pub fn wrong(&self) -> Vec<String> {
        self.state.lock().expect("whole").wrong.clone()
    }
}

fn description() -> Value {
    let read = |text: &str| serde_json::from_str::<Value>(text).expect("a description");
    let mut all = read(include_str!("../../testdata/github/openapi-secrets.json"));
    let mut more = read(include_str!("../../testdata/github/openapi-deploy-keys.json"));
    translate(&mut more);
    let paths = all["paths"].as_object_mut().expect("paths");
    paths.extend(more["paths"].as_object().expect("paths").clone());
    all
}

/// OpenAPI 3.0 says `nullable` where JSON Schema has a type of its own.
fn translate(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let nullable = map.remove("nullable") == Some(Value::Bool(true));
            if let Some(kind) = map.get("type").cloned().filter(|kind| nullable && kind.is_string()) {
                map.insert("type".into(), json!([kind, "null"]));
            }
            map.values_mut().for_each(translate);
        }
        Value::Array(items) => items.iter_mut().for_each(translate),
        _ => {}
    }
}

fn template(path: &str) -> String {
    let segments: Vec<_> = path.split('/').collect();
    let (base, rest) = match segments.as_slice() {
        ["", "repos", _, _, "environments", _, rest @ ..] => {
            ("/repos/{owner}/{repo}/environments/{environment_name}".to_owned(), rest)
        }
        ["", "repos", _, _, "keys"] => return "/repos/{owner}/{repo}/keys".to_owned(),
        ["", "repos", _, _, "keys", _] => return "/repos/{owner}/{repo}/keys/{key_id}".to_owned(),
        ["", "repos", _, _, app, rest @ ..] => (format!("/repos/{{owner}}/{{repo}}/{app}"), rest),
        ["", "orgs", _, app, rest @ ..] => (format!("/orgs/{{org}}/{app}"), rest),
        _ => return path.to_owned(),
    };
    match rest {
        ["secrets", "public-key"] => format!("{base}/secrets/public-key"),
        ["secrets", _] => format!("{base}/secrets/{{secret_name}}"),
        ["secrets", _, "repositories"] => format!("{base}/secrets/{{secret_name}}/repositories"),
        _ => path.to_owned(),
    }
}

fn answer(request: &Request, description: &Value, state: &Mutex<State>) -> (u16, Value) {
    let mut state = state.lock().expect("whole");
    let name = format!("{} {}", request.method, request.path);
    if let Some(what) = request.path.strip_prefix("/ssh/") {
        return state.deploy.told_to_ssh(what, &request.body);
    }
    let has = |line: &str| request.headers.iter().any(|known| known.eq_ignore_ascii_case(line));
    if !has(&format!("authorization: Bearer {TOKEN}")) {
        return (401, json!({ "message": "Bad credentials" }));
    }
    for line in ["x-github-api-version: 2022-11-28", "accept: application/vnd.github+json"] {
        if !has(line) {
            state.wrong.push(format!("{name}: no `{line}`"));
        }
    }
    if !request.headers.iter().any(|line| line.to_ascii_lowercase().starts_with("user-agent: keyward/")) {
        state.wrong.push(format!("{name}: no user agent"));
    }
    let operation =
        &description["paths"][template(&request.path)][request.method.to_ascii_lowercase().as_str()];
    if operation.is_null() {
        state.wrong.push(format!("{name}: no such operation"));
        return (404, json!({ "message": "Not Found" }));
    }
    for (key, _) in request.query.split('&').filter_map(|pair| pair.split_once('=')) {
        let mut known = operation["parameters"].as_array().into_iter().flatten();
        if !known.any(|it| it["in"] == "query" && it["name"] == key) {
            state.wrong.push(format!("{name}: no parameter {key}"));
        }
    }
    let (status, body) = act(request, operation, &mut state);
    if status < 300 || !operation["responses"][status.to_string().as_str()].is_null() {
        let schema = &operation["responses"][status.to_string().as_str()];
        let problems = match schema.is_null() {
            true => {
                if body.is_null() {
                    Vec::new()
                } else {
                    vec!["it should be empty".to_owned()]
                }
            }
            false => problems(&validator(schema), &body),
        };
        state.wrong.extend(problems.into_iter().map(|why| format!("our own answer of {name}: {why}")));
    }
    (status, body)
}

fn validator(schema: &Value) -> Validator {
    jsonschema::validator_for(schema).expect("a schema")
}

fn problems(validator: &Validator, body: &Value) -> Vec<String> {
    validator.iter_errors(body).map(|error| error.to_string()).collect()
}

fn act(request: &Request, operation: &Value, state: &mut State) -> (u16, Value) {
    if request.path == "/meta" || template(&request.path).contains("/keys") {
        let body = if request.method == "POST" { sent(request, operation, state) } else { Value::Null };
        return state.deploy.act(request, &body);
    }
    let (list, last) = request.path.rsplit_once('/').expect("a path");
    if last == "public-key" {
        let key = state.keys.entry(list.to_owned()).or_insert_with(|| SecretKey::generate(&mut OsRng));
        let public = base64(key.public_key().as_bytes());
        return (200, json!({ "key_id": format!("key of {list}"), "key": public }));
    }
    if let Some(path) = request.path.strip_suffix("/repositories") {
        let Some(stored) = state.stored.get(path) else { return (404, Value::Null) };
        let page =
            request.query.split('&').find_map(|pair| pair.strip_prefix("page=")?.parse::<usize>().ok());
        let some = stored.repositories.iter().skip((page.unwrap_or(1) - 1) * 100).take(100);
        let some: Vec<_> = some.map(|id| json!({ "id": id })).collect();
        return (200, json!({ "total_count": stored.repositories.len(), "repositories": some }));
    }
    if request.method == "GET" {
        return match state.stored.get(&request.path) {
            Some(stored) => (200, shown(last, stored)),
            None => (404, json!({ "message": "Not Found" })),
        };
    }
    let body = sent(request, operation, state);
    let opened =
        state.keys.get(list).filter(|_| body["key_id"] == format!("key of {list}")).and_then(|key| {
            let sealed = unbase64(body["encrypted_value"].as_str()?)?;
            String::from_utf8(key.unseal(&sealed).ok()?).ok()
        });
    let Some(value) = opened else { return (422, json!({ "message": "Bad key or box" })) };
    let there = state.stored.contains_key(&request.path);
    let stored = state.stored.entry(request.path.clone()).or_default();
    stored.value = value;
    stored.updated = jiff::Timestamp::now().as_second();
    stored.writes += 1;
    if let Some(visibility) = body["visibility"].as_str() {
        stored.visibility = Some(visibility.to_owned());
        let ids = body["selected_repository_ids"].as_array().into_iter().flatten();
        stored.repositories = ids.filter_map(Value::as_u64).collect();
    }
    if there { (204, Value::Null) } else { (201, json!({})) }
}

/// What came with a request, held against the description.
fn sent(request: &Request, operation: &Value, state: &mut State) -> Value {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let schema = &operation["requestBody"]["schema"];
    let mut wrong = problems(&validator(schema), &body);
    let unknown = body
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| schema["properties"][key.as_str()].is_null());
    wrong.extend(unknown.map(|(key, _)| format!("unknown field {key}")));
    state.wrong.extend(wrong.iter().map(|why| format!("{} {}: {why}", request.method, request.path)));
    body
}

fn shown(name: &str, stored: &Stored) -> Value {
    let updated = jiff::Timestamp::from_second(stored.updated).expect("a time").to_string();
    let mut shown = json!({ "name": name, "created_at": "2020-01-01T00:00:00Z", "updated_at": updated });
    if let Some(visibility) = &stored.visibility {
        shown["visibility"] = visibility.as_str().into();
    }
    shown
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn unbase64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}
