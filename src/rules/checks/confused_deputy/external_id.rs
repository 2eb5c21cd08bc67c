//! External ids that others know or guess.

use super::weak;
use crate::diagnostic::{Confidence, Persona};
use crate::iam::aws::{Condition, Effect, PrincipalKind, Statement};
use crate::identity::accounts::account_of;
use crate::identity::guarded::{Guarded, guarded};
use crate::identity::policy::Tag;
use crate::rules::Context;
use crate::rules::parties::{assumes, parties};
use crate::rules::surroundings::is_sample;
use std::collections::{BTreeMap, BTreeSet};

/// Texts that stand in examples, or that anybody would try first.
const COMMON: &[&str] = &[
    "changeme", "default", "example", "external", "externalid", "foo", "foobar", "myexternalid", "password",
    "secret", "someexternalid", "test", "uniqueid", "yourexternalid",
];
/// Shorter ones are found by trying.
const MIN_LENGTH: usize = 6;

/// External ids by the third parties that use them, where there are several.
pub(super) fn shared(cx: &Context<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for guarded in guarded(cx.model).iter().filter(|it| it.is_trust()) {
        for (index, statement) in guarded.document.document.statements.iter().enumerate() {
            let ids: Vec<&str> = ids(statement).filter_map(|value| value.pattern.as_text()).collect();
            if ids.is_empty() {
                continue;
            }
            let accounts: Vec<String> =
                parties(cx, guarded, index).into_iter().filter_map(|party| party.account).collect();
            for id in ids {
                used.entry(id.to_string()).or_default().extend(accounts.iter().cloned());
            }
        }
    }
    used.retain(|_, accounts| accounts.len() > 1);
    used
}

/// The values that a statement demands.
fn ids(statement: &Statement<Tag>) -> impl Iterator<Item = &crate::iam::Element<Tag>> {
    let demands =
        |it: &&Condition<Tag>| it.is_about("sts:ExternalId") && !it.operator.negated && it.operator.as_str() != "null";
    statement.conditions.iter().filter(demands).flat_map(|condition| &condition.values)
}

pub(super) fn check(
    cx: &mut Context<'_>,
    guarded: &Guarded,
    index: usize,
    shared: &BTreeMap<String, BTreeSet<String>>,
) {
    let statement = &guarded.document.document.statements[index];
    let from_aws = statement.principals.list().iter().any(|it| it.kind == PrincipalKind::Aws);
    if statement.effect != Effect::Allow || !from_aws || !assumes(statement) {
        return;
    }
    let named = cx.model.resource(guarded.document.resource).address.clone();
    for value in ids(statement) {
        let (Some(id), Some(span)) = (value.pattern.as_text(), value.at.span) else { continue };
        let why = guessable(cx, guarded, id);
        let (message, label) = match (why, shared.get(id)) {
            (Some(why), _) => (format!("the external id of `{named}` can be guessed: it is {why}"), why),
            (None, Some(accounts)) => (
                format!("`{named}` demands an external id that {} accounts share", accounts.len()),
                "others use it as well",
            ),
            (None, None) => continue,
        };
        let mut draft = weak(cx, guarded, span, message)
            .label(label)
            .confidence(Confidence::Medium)
            .root(guarded.at(index))
            .help("let each third party create one that it uses for you and nobody else, such as a UUID");
        if is_sample(cx, cx.model, guarded.at(index)) {
            draft = draft.persona(Persona::Strict);
        }
        cx.emit(draft);
    }
}

/// What is wrong with an external id.
fn guessable(cx: &Context<'_>, guarded: &Guarded, id: &str) -> Option<&'static str> {
    let plain: String = id.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_ascii_lowercase();
    let resource = cx.model.resource(guarded.document.resource);
    let names = [resource.body.text("name"), Some(&*resource.name)];
    if account_of(id) == Some(id) {
        return Some("an account number");
    }
    if !guarded.is_loose() && names.into_iter().flatten().any(|name| name.eq_ignore_ascii_case(id)) {
        return Some("the name of the role");
    }
    if COMMON.contains(&plain.as_str()) || plain.bytes().all(|byte| byte.is_ascii_digit()) && plain.len() <= 8 {
        return Some("one of the first that anybody would try");
    }
    (plain.len() < MIN_LENGTH).then_some("too short")
}
