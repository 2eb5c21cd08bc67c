//! What a root module has applied: its state, as `terraform state pull` prints it. It is full of secrets, which are
//! looked for and compared and never leave this file but as a key to be tried.

use super::hidden::{HASHED, VERSIONS};
use crate::eval::block_address;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroize;
use serde_json::Value;

/// Shorter ones are found by chance.
const LEAST: usize = 16;
/// Levels of nesting that are looked into.
const DEEP: usize = 64;

/// The state of one root module.
pub struct State {
    /// Directory of the root module below the scanned one, empty for that itself.
    pub root: String,
    instances: Vec<Instance>,
    outputs: Value,
}

impl std::fmt::Debug for State {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("State").field("root", &self.root).finish_non_exhaustive()
    }
}

/// One resource that is there.
pub struct Instance {
    kind: String,
    name: String,
    /// Module and index: where it is beside others of the same block.
    pub place: String,
    address: String,
    managed: bool,
    attributes: Value,
    /// Without instance keys.
    block: String,
    dependencies: Vec<String>,
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Instance").field("address", &self.address).finish_non_exhaustive()
    }
}

impl State {
    /// Source: Terraform, "State: JSON output format" of version 4, which OpenTofu shares.
    pub fn read(root: &str, bytes: &[u8]) -> Result<State, String> {
        let mut read: Value = serde_json::from_slice(bytes)
            .map_err(|_| "it is no JSON: give what `terraform state pull` prints".to_owned())?;
        let state = State::of(root, &read);
        wipe(&mut read);
        state
    }

    fn of(root: &str, read: &Value) -> Result<State, String> {
        if read.get("encrypted_data").is_some() {
            return Err("it is encrypted: give what `tofu state pull` prints".to_owned());
        }
        if read["version"].as_u64() != Some(4) {
            return Err("it is no state of version 4: give what `terraform state pull` prints".to_owned());
        }
        let mut state =
            State { root: root.to_owned(), instances: Vec::new(), outputs: read["outputs"].clone() };
        for resource in read["resources"].as_array().into_iter().flatten() {
            state.take(resource);
        }
        Ok(state)
    }

    fn take(&mut self, resource: &Value) {
        let text = |name: &str| resource[name].as_str().unwrap_or_default();
        let (module, kind, name) = (text("module"), text("type"), text("name"));
        let managed = text("mode") == "managed";
        for instance in resource["instances"].as_array().into_iter().flatten() {
            // What is left of one that was replaced has no place in the code any more.
            if instance.get("deposed").is_some_and(|deposed| !deposed.is_null()) {
                continue;
            }
            let index = match &instance["index_key"] {
                Value::Null => String::new(),
                index => format!("[{index}]"),
            };
            let dot = if module.is_empty() { "" } else { "." };
            let data = if managed { "" } else { "data." };
            let address = format!("{module}{dot}{data}{kind}.{name}{index}");
            let dependencies = instance["dependencies"].as_array().into_iter().flatten();
            self.instances.push(Instance {
                block: block_address(&address),
                dependencies: dependencies.filter_map(|it| it.as_str().map(str::to_owned)).collect(),
                address,
                place: format!("{module}|{index}"),
                kind: kind.to_owned(),
                name: name.to_owned(),
                managed,
                attributes: instance["attributes"].clone(),
            });
        }
    }

    /// What is there of one block.
    pub fn instances(&self, kind: &str, name: &str) -> Vec<&Instance> {
        let wanted = |it: &&Instance| it.managed && it.kind == kind && it.name == name;
        self.instances.iter().filter(wanted).collect()
    }

    /// All resources that are managed there.
    pub fn managed(&self) -> impl Iterator<Item = &Instance> {
        self.instances.iter().filter(|it| it.managed)
    }

    /// Whatever else has one of these values, by address. What only lists ids does not use them.
    pub fn holders(&self, kind: &str, name: &str, ids: &[&str], secrets: &[&str]) -> Vec<String> {
        let others = self.instances.iter().filter(|it| !(it.managed && it.kind == kind && it.name == name));
        let mut found: Vec<String> = others
            .filter(|it| {
                holds(&it.attributes, secrets, DEEP) || (it.managed && holds(&it.attributes, ids, DEEP))
            })
            .map(|it| it.address.clone())
            .collect();
        for (name, output) in self.outputs.as_object().into_iter().flatten() {
            if holds(output, secrets, DEEP) || holds(output, ids, DEEP) {
                found.push(format!("output.{name}"));
            }
        }
        found
    }
}

impl Instance {
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whether it is of a block, by its address without instance keys.
    pub fn is_of(&self, block: &str) -> bool {
        self.block == block
    }

    /// Whether it was given a value that is not here: one that is only written, or one that is kept as a hash.
    pub fn hides(&self) -> bool {
        self.attributes.as_object().into_iter().flatten().any(|(name, value)| match value {
            Value::Null => false,
            _ if VERSIONS.iter().any(|ending| name.ends_with(&format!("_wo{ending}"))) => true,
            Value::String(text) => {
                HASHED.contains(&name.as_str())
                    && text.len() == 40
                    && text.bytes().all(|byte| byte.is_ascii_hexdigit())
            }
            _ => false,
        })
    }

    /// Whether it was given anything of a block when it was applied, directly or through others.
    ///
    /// Source: Terraform, `terraform state pull`: `dependencies` are those of the configuration that was applied last,
    /// also where nothing had to be changed.
    pub fn depends_on(&self, block: &str) -> bool {
        self.dependencies.iter().any(|it| it == block)
    }

    /// A number or a text, as text.
    pub fn scalar(&self, attribute: &str) -> Option<String> {
        match &self.attributes[attribute] {
            Value::Number(number) => Some(number.to_string()),
            Value::String(text) => Some(text.clone()),
            _ => None,
        }
    }

    pub fn text(&self, attribute: &str) -> Option<&str> {
        self.attributes[attribute].as_str().filter(|text| !text.is_empty())
    }
}

/// Whether one of the texts is in a value, also inside of text and of base64.
fn holds(value: &Value, texts: &[&str], deep: usize) -> bool {
    let Some(deeper) = deep.checked_sub(1) else { return false };
    match value {
        Value::String(text) => has(text, texts),
        Value::Array(items) => items.iter().any(|item| holds(item, texts, deeper)),
        Value::Object(entries) => entries.values().any(|item| holds(item, texts, deeper)),
        _ => false,
    }
}

fn has(text: &str, texts: &[&str]) -> bool {
    let among = |text: &str| texts.iter().any(|one| one.len() >= LEAST && text.contains(one));
    if among(text) {
        return true;
    }
    if text.len() < LEAST || text.contains(char::is_whitespace) {
        return false;
    }
    let decoded = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.is_some_and(|mut text| {
        let found = among(&text);
        text.zeroize();
        found
    })
}

/// What else would show that a value is somewhere: a key file is written out where it is used.
pub fn inner(secret: &str) -> Option<String> {
    let bytes = STANDARD.decode(secret).ok()?;
    let mut read: Value = serde_json::from_slice(&bytes).ok()?;
    let id = read["private_key_id"].as_str().map(str::to_owned);
    wipe(&mut read);
    id
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(entries) => entries.values_mut().for_each(wipe),
        _ => {}
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.instances.iter_mut().for_each(|instance| wipe(&mut instance.attributes));
        wipe(&mut self.outputs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn state() -> State {
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYKEY";
        let wrapped = STANDARD.encode(format!("key={secret}"));
        let read = json!({
            "version": 4, "serial": 7,
            "outputs": { "id": { "value": "AKIAAAAAAAAAAAAAAAAA", "type": "string" } },
            "resources": [
                { "mode": "managed", "type": "aws_iam_access_key", "name": "a", "module": "module.m[\"x\"]",
                  "instances": [
                    { "index_key": 0, "attributes": { "id": "AKIAAAAAAAAAAAAAAAAA", "secret": secret } },
                    { "index_key": 0, "deposed": "00aa", "attributes": { "id": "AKIABBBBBBBBBBBBBBBB" } } ] },
                { "mode": "managed", "type": "aws_ssm_parameter", "name": "p",
                  "instances": [{ "attributes": { "value": format!("{{\"k\":\"{secret}\"}}") } }] },
                { "mode": "managed", "type": "aws_instance", "name": "i",
                  "instances": [{ "index_key": "eu", "attributes": { "user_data": [{ "text": wrapped }] } }] },
                { "mode": "data", "type": "aws_iam_access_keys", "name": "all",
                  "instances": [{ "attributes": { "ids": ["AKIAAAAAAAAAAAAAAAAA"] } }] },
            ]
        });
        State::read("live", read.to_string().as_bytes()).expect("a state")
    }

    #[test]
    fn instances_have_their_places() {
        let state = state();
        let found = state.instances("aws_iam_access_key", "a");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].address(), "module.m[\"x\"].aws_iam_access_key.a[0]");
        assert_eq!(found[0].text("id"), Some("AKIAAAAAAAAAAAAAAAAA"));
    }

    #[test]
    fn whoever_has_a_value_is_found_and_whoever_lists_ids_is_not() {
        let secrets = ["wJalrXUtnFEMI/K7MDENG/bPxRfiCYKEY"];
        let found = state().holders("aws_iam_access_key", "a", &["AKIAAAAAAAAAAAAAAAAA"], &secrets);
        assert_eq!(found, ["aws_ssm_parameter.p", "aws_instance.i[\"eu\"]", "output.id"]);
        assert_eq!(
            state().holders("aws_iam_access_key", "a", &["AKIACCCCCCCCCCCCCCCC"], &["short"]),
            [""; 0]
        );
    }

    #[test]
    fn what_is_no_state_is_said_to_be_none() {
        for (text, said) in [
            ("{", "no JSON"),
            ("[]", "version 4"),
            ("{\"version\": 3}", "version 4"),
            ("{\"version\": 4, \"encrypted_data\": \"…\"}", "encrypted"),
        ] {
            let why = State::read("", text.as_bytes()).expect_err(text);
            assert!(why.contains(said), "{text}: {why}");
        }
    }
}
