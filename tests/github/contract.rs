//! Requests against GitHub's own description of its API: paths, parameters and bodies.

use super::http::Request;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| {
    let mut value: Value =
        serde_json::from_str(include_str!("../../testdata/github/openapi.json")).expect("a description");
    translate(&mut value);
    value
});

static VALIDATORS: LazyLock<Mutex<HashMap<String, &'static jsonschema::Validator>>> =
    LazyLock::new(Mutex::default);

/// OpenAPI 3.0 says `nullable` where JSON Schema has a type of its own.
fn translate(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if map.remove("nullable") == Some(Value::Bool(true)) {
                if let Some(kind) = map.get("type").cloned() {
                    map.insert("type".into(), json!([kind, "null"]));
                }
            }
            map.values_mut().for_each(translate);
        }
        Value::Array(items) => items.iter_mut().for_each(translate),
        _ => {}
    }
}

/// What is wrong with a request; nothing for one that GitHub documents.
pub fn problems(request: &Request) -> Vec<String> {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let name = format!("{} {}", request.method, path);
    let mut found = Vec::new();
    if request.header("x-github-api-version") != Some("2022-11-28") {
        found.push(format!("{name}: no version of the API"));
    }
    if request.header("accept") != Some("application/vnd.github+json") {
        found.push(format!("{name}: another media type"));
    }
    if request.header("user-agent").is_none_or(|agent| !agent.starts_with("keyward/")) {
        found.push(format!("{name}: no user agent"));
    }
    if path == "/graphql" {
        return found;
    }
    let Some((template, operation)) = operation(&request.method, path) else {
        found.push(format!("{name}: no such operation"));
        return found;
    };
    let known: Vec<&Value> = operation["parameters"].as_array().into_iter().flatten().collect();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let parameter = known.iter().find(|it| it["in"] == "query" && it["name"] == key);
        let Some(parameter) = parameter else {
            found.push(format!("{name}: unknown parameter {key}"));
            continue;
        };
        let allowed = parameter["schema"]["enum"].as_array();
        if allowed.is_some_and(|allowed| !allowed.contains(&json!(value))) {
            found.push(format!("{name}: {key} cannot be {value}"));
        }
    }
    let schema = &operation["requestBody"]["schema"];
    match (schema.is_null(), request.body.is_empty()) {
        (true, true) => {}
        (true, false) => found.push(format!("{name}: has a body")),
        (false, true) => {
            if operation["requestBody"]["required"] == true {
                found.push(format!("{name}: has no body"));
            }
        }
        (false, false) => found.extend(body_problems(&name, &template, schema, &request.json())),
    }
    found
}

fn body_problems(name: &str, template: &str, schema: &Value, body: &Value) -> Vec<String> {
    let key = format!("{} {template}", name.split(' ').next().unwrap_or_default());
    let validator = {
        let mut validators = VALIDATORS.lock().expect("a lock");
        *validators.entry(key).or_insert_with(|| {
            let validator = jsonschema::validator_for(schema).expect("a schema");
            Box::leak(Box::new(validator))
        })
    };
    let mut found: Vec<String> = validator
        .iter_errors(body)
        .map(|error| format!("{name}: {error} at {}", error.instance_path()))
        .collect();
    let known: Option<&Map<String, Value>> = schema["properties"].as_object();
    if let (Some(known), Some(body)) = (known, body.as_object()) {
        let unknown = body.keys().filter(|key| !known.contains_key(*key));
        found.extend(unknown.map(|key| format!("{name}: unknown field {key}")));
    }
    found
}

/// The operation of a path. A parameter is one segment, but for refs, which have slashes.
fn operation(method: &str, path: &str) -> Option<(String, &'static Value)> {
    let method = method.to_ascii_lowercase();
    let paths = DESCRIPTION["paths"].as_object()?;
    paths.iter().find_map(|(template, operations)| {
        let operation = operations.get(&method)?;
        matches(template, path).then(|| (template.clone(), operation))
    })
}

fn matches(template: &str, path: &str) -> bool {
    let mut wanted = template.split('/');
    let mut given = path.split('/');
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some("{ref}" | "{basehead}"), Some(first)) => {
                return !first.is_empty() && wanted.next().is_none();
            }
            (Some(wanted), Some(given)) if wanted.starts_with('{') => {
                if given.is_empty() {
                    return false;
                }
            }
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return false,
        }
    }
}
