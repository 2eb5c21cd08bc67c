//! Who stands on the other side of a trust: one's own accounts, a vendor, or somebody who cannot be told.

mod known;

use super::Context;
use crate::eval::decode_json;
use crate::eval::value::{Kind, Part, Value, Why};
use crate::iam::aws::{Effect, PrincipalKind, Statement, Who};
use crate::identity::accounts::{account_of, accounts};
use crate::identity::guarded::Guarded;
use crate::identity::policy::Tag;
use crate::source::Span;

/// The account of the examples in AWS's own documentation, which stands for the reader's
/// unless something next to it says otherwise.
const EXAMPLE: &str = "123456789012";

/// An AWS principal of a statement that is not of the account at hand, as far as can be told.
pub(super) struct Party {
    /// The account number, where it is known.
    pub account: Option<String>,
    /// The account as a whole, and not one role or user of it.
    pub whole: bool,
    pub standing: Standing,
    pub span: Span,
    pub value: Option<Value>,
    /// As written, with unknown parts as `…`.
    pub text: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Standing {
    /// A product or company from outside: its name or the word that says so.
    Vendor { name: String, sure: bool },
    /// Not among the `own-accounts` of the configuration.
    NotListed,
    /// A number that nothing else in the code has, with an account that it does use.
    Foreign { own: Option<String> },
    /// One of several numbers, as environments of one's own are listed.
    Unclear,
}

impl Party {
    /// How it is called in a message.
    pub fn describe(&self) -> String {
        let account = match (&self.account, self.whole) {
            (Some(id), true) => format!("account {id}"),
            _ => format!("`{}`", self.text),
        };
        match &self.standing {
            Standing::Vendor { name, sure: true } => format!("{account} of {name}"),
            _ => account,
        }
    }

    /// Why it is taken for somebody else.
    pub fn reason(&self) -> Option<String> {
        Some(match &self.standing {
            Standing::Vendor { sure: true, .. } => return None,
            Standing::Vendor { name, .. } => format!("`{name}` says that it is somebody else's"),
            Standing::NotListed => "the account is not among the `own-accounts` of keyward.toml".to_string(),
            Standing::Foreign { own: Some(own) } => {
                format!("this code works with account {own}; nothing but this trust names the other one")
            }
            Standing::Foreign { own: None } | Standing::Unclear => {
                "nothing but this trust names the account".to_string()
            }
        })
    }

    pub fn is_sure(&self) -> bool {
        matches!(self.standing, Standing::Vendor { sure: true, .. } | Standing::NotListed)
    }
}

/// Principals of other accounts in a statement.
pub(super) fn parties(cx: &Context<'_>, guarded: &Guarded, index: usize) -> Vec<Party> {
    let Some(statement) = guarded.document.document.statements.get(index) else { return Vec::new() };
    if statement.effect != Effect::Allow {
        return Vec::new();
    }
    let decoded = decoded(cx, guarded);
    let mut found: Vec<Party> = Vec::new();
    for principal in statement.principals.list().iter().filter(|it| it.kind == PrincipalKind::Aws) {
        let tag = &principal.element.at;
        let (account, whole) = match principal.who() {
            Who::Account(id) => (Some(id), true),
            Who::Member(id) => (id, false),
            Who::Unknown => (None, principal.element.pattern.to_string().ends_with(":root")),
            _ => continue,
        };
        if tag.of.is_some() {
            continue;
        }
        let value = tag.span.and_then(|span| value_at(decoded.as_ref()?, span));
        let Some(standing) = standing(cx, guarded, statement, account.as_deref(), value.as_ref(), tag) else {
            continue;
        };
        found.push(Party {
            account,
            whole,
            standing,
            span: tag.span.unwrap_or(guarded.document.span),
            value,
            text: principal.element.pattern.to_string(),
        });
    }
    unclear(&mut found);
    found
}

/// Several accounts in one list are mostly environments of the same owner.
fn unclear(found: &mut [Party]) {
    let mut ids: Vec<&String> = found.iter().filter_map(|party| party.account.as_ref()).collect();
    ids.sort();
    ids.dedup();
    if ids.len() < 2 {
        return;
    }
    for party in found {
        if matches!(party.standing, Standing::Foreign { .. }) {
            party.standing = Standing::Unclear;
        }
    }
}

/// `None` for one's own.
fn standing(
    cx: &Context<'_>,
    guarded: &Guarded,
    statement: &Statement<Tag>,
    account: Option<&str>,
    value: Option<&Value>,
    tag: &Tag,
) -> Option<Standing> {
    let vendor = |name: String, sure| Some(Standing::Vendor { name, sure });
    let names = value.map(names_of).unwrap_or_default();
    let by_name = names.iter().find(|name| known::word_in(name).is_some());
    let own = &cx.shared.config.own_accounts;
    let Some(id) = account else {
        return by_name.and_then(|name| vendor(name.clone(), false));
    };
    if own.iter().any(|known| known.get_ref() == id) || known::is_aws(id) {
        return None;
    }
    if let Some(name) = known::vendor(id) {
        return vendor(name.to_string(), true);
    }
    let all = accounts(cx.model);
    if all.is_home(id) {
        return None;
    }
    if let Some(name) = by_name.or_else(|| all.names(id).iter().find(|it| known::word_in(it).is_some())) {
        return vendor(name.clone(), false);
    }
    if !all.names(id).is_empty() || !names.is_empty() {
        return own.iter().any(|it| account_of(it.get_ref()).is_some()).then_some(Standing::NotListed);
    }
    if let Some(word) = surroundings(cx, guarded, statement, tag).iter().find_map(|text| known::word_in(text))
    {
        return vendor(word.to_string(), false);
    }
    if own.iter().any(|it| account_of(it.get_ref()).is_some()) {
        return Some(Standing::NotListed);
    }
    let says_other = || surroundings(cx, guarded, statement, tag).iter().any(|text| known::says_other(text));
    (id != EXAMPLE || says_other()).then(|| Standing::Foreign { own: all.another(id).map(str::to_string) })
}

/// Variables, locals and outputs that a value came through.
fn names_of(value: &Value) -> Vec<String> {
    let mut names: Vec<String> = value.meta.hops().into_iter().map(|hop| hop.name.to_string()).collect();
    if let Kind::Template(parts) = &value.kind {
        for part in parts.iter() {
            if let Part::Hole(hole) = part {
                names.extend(names_of(hole));
            }
        }
    }
    if let Kind::Unknown(unknown) = &value.kind
        && let Why::Variable(name) = &unknown.why
    {
        names.push(format!("var.{name}"));
    }
    names
}

/// Texts next to a principal that may say who it is.
fn surroundings(cx: &Context<'_>, guarded: &Guarded, statement: &Statement<Tag>, tag: &Tag) -> Vec<String> {
    let resource = cx.model.resource(guarded.document.resource);
    let mut texts = vec![resource.address.clone()];
    texts.extend(statement.sid.clone());
    texts.extend(
        ["name", "name_prefix", "description"]
            .iter()
            .filter_map(|name| resource.body.value(name).and_then(Value::as_str).map(str::to_string)),
    );
    texts.extend(tag.span.and_then(|span| comments(cx, span)));
    let principals = statement.principals.list().iter();
    texts.extend(principals.map(|it| it.element.pattern.to_string()));
    texts
}

/// The comment behind the characters, or on the line above.
fn comments(cx: &Context<'_>, span: Span) -> Option<String> {
    let file = cx.shared.sources.find(span.file)?;
    let (before, after) = (file.text.get(..span.start as usize)?, file.text.get(span.end as usize..)?);
    let behind = after.lines().next().unwrap_or_default();
    let mut found = String::new();
    if let Some(at) = behind.find('#').or_else(|| behind.find("//")) {
        found.push_str(&behind[at..]);
    }
    let above = before.lines().rev().nth(1).unwrap_or_default().trim_start();
    if above.starts_with('#') || above.starts_with("//") {
        found.push(' ');
        found.push_str(above);
    }
    (!found.is_empty()).then_some(found)
}

/// The document's value, with the way that each part took.
pub(super) fn decoded(cx: &Context<'_>, guarded: &Guarded) -> Option<Value> {
    let resource = cx.model.resource(guarded.document.resource);
    let attribute = guarded.document.attribute.as_str();
    let value = match guarded.is_loose() {
        true => crate::eval::computed(resource, attribute)?,
        false => resource.body.at_path(attribute).into_iter().next()?.1,
    };
    Some(decode_json(&value).unwrap_or(value))
}

/// The part of a value that is written at some characters.
pub(super) fn value_at(value: &Value, span: Span) -> Option<Value> {
    let mut found: Option<Value> = None;
    value.walk(&mut |part| {
        let is_leaf = part.entries().is_none() && part.items().is_none();
        if found.is_none() && is_leaf && part.meta.span == Some(span) {
            found = Some(part.clone());
        }
    });
    found
}

/// Whether a statement lets somebody take on a role. Tagging a session or naming its source lets nobody in.
pub(super) fn assumes(statement: &Statement<Tag>) -> bool {
    let mut actions = statement.actions.elements().iter();
    let named = actions.any(|it| it.pattern.matches_ignore_case("sts:AssumeRole").is_possible());
    named != statement.actions.is_negated()
}
