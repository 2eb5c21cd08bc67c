//! What is asked of Google and what it answers, held against its own description of its APIs.

#![allow(dead_code, reason = "not every test that shares this needs all of it")]

use jsonschema::Validator;
use regex::Regex;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One API in Google's words.
pub struct Described {
    methods: Vec<Method>,
    schemas: BTreeMap<String, Validator>,
}

pub struct Method {
    /// `projects.serviceAccounts.list`
    pub whole: String,
    pub name: String,
    verb: String,
    /// What its path begins and ends with, around the name of what it is about.
    path: (String, String),
    pattern: Regex,
    parameters: Value,
    request: Option<String>,
    response: String,
}

impl Described {
    pub fn read(name: &str) -> Self {
        let path = format!("{}/testdata/google/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let read: Value = serde_json::from_slice(&std::fs::read(path).expect("there")).expect("JSON");
        let of = |value: &Value| value.as_str().map(str::to_owned);
        let methods = read["methods"].as_object().expect("methods").iter().map(|(name, method)| {
            let (begins, rest) =
                method["path"].as_str().expect("a path").split_once('{').expect("one variable");
            let (variable, ends) = rest.split_once('}').expect("closed");
            let variable = &method["parameters"][variable.trim_start_matches('+')];
            assert_eq!(variable["location"], "path");
            // One without a pattern is one segment.
            let pattern = variable["pattern"].as_str().unwrap_or("^[^/]+$");
            Method {
                whole: name.clone(),
                name: name.rsplit('.').next().expect("a name").to_owned(),
                verb: of(&method["httpMethod"]).expect("a method"),
                path: (format!("/{begins}"), ends.to_owned()),
                pattern: Regex::new(pattern).expect("a pattern"),
                parameters: method["parameters"].clone(),
                request: of(&method["request"]),
                response: of(&method["response"]).expect("a schema"),
            }
        });
        let schemas = read["schemas"].as_object().expect("schemas").keys().map(|name| {
            let schema = json!({ "$ref": format!("#/schemas/{name}"), "schemas": read["schemas"] });
            (name.clone(), jsonschema::validator_for(&schema).expect("a schema"))
        });
        Described { methods: methods.collect(), schemas: schemas.collect() }
    }

    /// The method that is asked for, and what about.
    pub fn find<'a>(
        all: &'a [Described],
        verb: &str,
        path: &str,
    ) -> Option<(&'a Described, &'a Method, String)> {
        let path = path.replace("%40", "@");
        all.iter().find_map(|described| {
            described.methods.iter().filter(|method| method.verb == verb).find_map(|method| {
                let value = path.strip_prefix(&method.path.0)?.strip_suffix(&method.path.1)?;
                let fits = method.pattern.is_match(value) && !value.contains(':');
                fits.then(|| (described, method, value.to_owned()))
            })
        })
    }

    /// What is wrong with a question.
    pub fn asked(&self, method: &Method, query: &str, body: &[u8]) -> Vec<String> {
        let mut wrong = Vec::new();
        for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let parameter = &method.parameters[key];
            let known = parameter["enum"].as_array().is_none_or(|all| all.iter().any(|one| one == value));
            if parameter["location"] != "query" || !known {
                wrong.push(format!("no parameter {key}={value}"));
            }
        }
        match &method.request {
            Some(schema) => {
                let body = serde_json::from_slice(body).unwrap_or_default();
                wrong.extend(self.hold(schema, &body));
            }
            None if !body.is_empty() => wrong.push("there should be no body".to_owned()),
            None => {}
        }
        wrong
    }

    /// What is wrong with an answer.
    pub fn answered(&self, method: &Method, said: &Value) -> Vec<String> {
        self.hold(&method.response, said)
    }

    fn hold(&self, schema: &str, body: &Value) -> Vec<String> {
        self.schemas[schema].iter_errors(body).map(|error| error.to_string()).collect()
    }
}
