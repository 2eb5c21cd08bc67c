//! Deny policies, which go before every role. Source: Google Cloud IAM documentation, "Deny policies".

use super::place::{Accounts, Key, Place};
use crate::eval::value::{Kind, Part, Value};
use crate::eval::{BlockValue, Resource, ResourceMode};
use crate::iam::gcp::Level;
use crate::iam::gcp::escalation::Permissions;
use crate::identity::model::{Model, Subject};
use crate::identity::privilege::Holder;

/// One rule of a deny policy.
struct Deny {
    place: Place,
    principals: Vec<Value>,
    exceptions: Vec<Value>,
    permissions: Permissions,
    /// It holds only under a condition.
    conditional: bool,
}

#[derive(Default)]
pub(super) struct Denies(Vec<Deny>);

impl Denies {
    pub(super) fn new(model: &Model) -> Self {
        let managed = model.project.resources.iter().filter(|it| it.mode == ResourceMode::Managed);
        let policies = managed.filter(|it| &*it.kind == "google_iam_deny_policy");
        Denies(policies.flat_map(|policy| read(model, policy)).collect())
    }

    /// What is taken away from a holder in a place for certain, and what perhaps.
    pub(super) fn of(
        &self,
        model: &Model,
        accounts: &Accounts,
        holder: &Holder,
        place: &Place,
    ) -> (Permissions, Permissions) {
        let mut gone = (Permissions::default(), Permissions::default());
        for deny in &self.0 {
            let here = deny.place.level == place.level && deny.place.key.same(&place.key).is_possible();
            let certain = deny.place == *place || accounts.is_above(&deny.place, place);
            if !here && !certain {
                continue;
            }
            let listed = |list: &[Value]| list.iter().any(|it| names(model, it, holder));
            if !listed(&deny.principals) || listed(&deny.exceptions) {
                continue;
            }
            let target = if certain && !deny.conditional { &mut gone.0 } else { &mut gone.1 };
            *target = target.and(deny.permissions);
        }
        gone
    }
}

fn read(model: &Model, policy: &Resource) -> Vec<Deny> {
    let Some(place) = policy.body.value("parent").and_then(|parent| attached(model, parent)) else {
        return Vec::new();
    };
    let rules = policy.body.blocks("rules");
    let rules = rules.iter().filter_map(|rule| rule.block("deny_rule"));
    let list = |rule: &BlockValue, name: &str| -> Vec<Value> {
        rule.value(name).map(Value::as_slice).unwrap_or_default().to_vec()
    };
    let read = rules.map(|rule| {
        let names = |name: &str| -> Permissions {
            let texts = list(&rule, name);
            let texts: Vec<String> = texts.iter().filter_map(|it| Some(short(it.as_str()?))).collect();
            Permissions::matching(|known| texts.iter().any(|text| covers(text, known)))
        };
        Deny {
            place: place.clone(),
            principals: list(&rule, "denied_principals"),
            exceptions: list(&rule, "exception_principals"),
            permissions: names("denied_permissions").without(names("exception_permissions")),
            conditional: rule.has_block("denial_condition"),
        }
    });
    read.collect()
}

/// `cloudresourcemanager.googleapis.com%2Fprojects%2Fp`: usually what `urlencode` makes of it.
fn attached(model: &Model, parent: &Value) -> Option<Place> {
    let text: String = match &parent.kind {
        Kind::Template(parts) => parts.iter().filter_map(text_of).collect(),
        _ => parent.as_str().unwrap_or_default().to_string(),
    };
    let text = text.replace("%2F", "/").replace("%2f", "/");
    let segments: Vec<&str> = text.split('/').collect();
    let at = |noun: &str| segments.iter().position(|segment| *segment == noun);
    let found =
        [("organizations", Level::Organization), ("folders", Level::Folder), ("projects", Level::Project)]
            .into_iter()
            .find_map(|(noun, level)| Some((at(noun)?, level)));
    let (position, level) = match found {
        Some(found) => found,
        None => {
            // The whole of it may be unknown but for the project that it was made from.
            let refs = parent.deep_refs();
            let kind = |reference: &crate::eval::value::Ref| model.resource(reference.resource).kind.clone();
            let level = refs.iter().find_map(|it| match &*kind(it) {
                "google_project" => Some(Level::Project),
                "google_folder" => Some(Level::Folder),
                "google_organization" => Some(Level::Organization),
                _ => None,
            });
            (usize::MAX, level?)
        }
    };
    let name = segments.get(position.saturating_add(1)).filter(|name| !name.is_empty());
    let key = match name {
        Some(name) => Key::of(model, Some(&Value::string(*name))),
        None if parent.deep_refs().is_empty() => Key::Unknown,
        None => Key::of(model, Some(&Value::derived([parent]))),
    };
    Some(Place { level, key })
}

fn text_of(part: &Part) -> Option<&str> {
    match part {
        Part::Text(text) => Some(text.as_str()),
        Part::Hole(_) => None,
    }
}

/// `iam.googleapis.com/serviceAccounts.getAccessToken` → `iam.serviceAccounts.getAccessToken`.
fn short(name: &str) -> String {
    let Some((host, permission)) = name.split_once(".googleapis.com/") else { return name.to_string() };
    let service = if host == "cloudresourcemanager" { "resourcemanager" } else { host };
    format!("{service}.{permission}")
}

/// A permission, or a group of them that ends in `.*`.
fn covers(text: &str, known: &str) -> bool {
    match text.strip_suffix(".*") {
        Some(group) => known.strip_prefix(group.trim_end_matches(".*")).is_some_and(|it| it.starts_with('.')),
        None => text == known,
    }
}

fn names(model: &Model, principal: &Value, holder: &Holder) -> bool {
    if principal.as_str().is_some_and(|text| text.ends_with("/public:all")) {
        return true;
    }
    match &holder.subject {
        Subject::Identity(id) => {
            let identity = model.identity(*id);
            let by_reference = principal.deep_refs().iter().any(|it| it.resource == identity.resource);
            let by_name = || {
                let (Some(text), Some(name)) = (principal.as_str(), &identity.name) else { return false };
                text.contains(&format!("/serviceAccounts/{name}@"))
            };
            by_reference || by_name()
        }
        Subject::External(member) => {
            let bare = member.split_once(':').map_or(member.as_str(), |(_, name)| name);
            principal.as_str().is_some_and(|text| text.ends_with(bare))
        }
        Subject::Resource(id) => principal.deep_refs().iter().any(|it| it.resource == *id),
        _ => false,
    }
}
