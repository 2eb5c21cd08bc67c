//! Which account a resource is made in. Roles of different accounts cannot be passed to each other's services, and
//! a root module may work in several through the aliases of its provider.

use crate::eval::Resource;
use crate::eval::value::Value;
use crate::iam::{Pattern, Syntax, Tri};
use crate::identity::model::Model;
use crate::identity::policy::pattern;
use std::collections::HashMap;

/// An account, as far as the provider configuration tells it apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Account {
    /// Told apart by how the provider signs in; 0 where it does not say.
    key: u32,
    id: Option<String>,
}

impl Account {
    /// The account itself, or another where nothing is known of this one.
    pub(super) fn or<'a>(&'a self, other: &'a Account) -> &'a Account {
        if self.id.is_some() { self } else { other }
    }

    /// Whether the account part of an ARN means this account. A number is taken to be that of this account
    /// where the code does not say which one it is applied in.
    pub(super) fn answers(&self, part: &Pattern) -> Tri {
        match (part.as_text(), &self.id) {
            (Some(text), Some(id)) => (text == id).into(),
            (Some(text), None) => (text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())).into(),
            (None, Some(id)) => part.matches(id),
            (None, None) => match part.has_wildcard() && !part.has_hole() {
                true => Tri::Yes,
                false => Tri::Maybe,
            },
        }
    }

    /// Whether this is the number of the account, which it may be where that is not known.
    pub fn has_id(&self, id: &str) -> bool {
        self.id.as_deref().is_none_or(|known| known == id)
    }

    /// Its number, where the code tells.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Whether two resources may be in one account.
    pub fn is_same(&self, other: &Account) -> bool {
        match (&self.id, &other.id) {
            (Some(one), Some(two)) => one == two,
            _ => self.key == other.key,
        }
    }

    /// Tells the account apart from others in names of nodes; empty for the usual one.
    pub fn label(&self) -> String {
        match (&self.id, self.key) {
            (_, 0) => String::new(),
            (Some(id), _) => format!(" in account {id}"),
            (None, key) => format!(" in account configuration {key}"),
        }
    }
}

/// The accounts of the provider configurations of a root module.
#[derive(Debug, Default)]
pub struct Accounts {
    of: HashMap<(u32, usize), Account>,
}

impl Accounts {
    pub fn of(model: &Model) -> Accounts {
        let mut keys: HashMap<String, u32> = HashMap::from([(String::new(), 0)]);
        let mut of = HashMap::new();
        for module in &model.project.modules {
            for (at, provider) in module.providers.iter().enumerate().filter(|(_, it)| &*it.name == "aws") {
                let role =
                    provider.body.block("assume_role").and_then(|block| block.value("role_arn").map(shown));
                let ids = provider.body.value("allowed_account_ids").map(Value::as_slice).unwrap_or_default();
                let listed = match ids {
                    [one] => one.as_str().map(str::to_string),
                    _ => None,
                };
                let id = listed.or_else(|| account_of(role.as_deref()?));
                let profile = provider.body.value("profile").map(shown);
                let text = match (&id, role, profile) {
                    (Some(id), ..) => id.clone(),
                    (None, role, profile) => {
                        [role, profile].into_iter().flatten().collect::<Vec<_>>().join(" ")
                    }
                };
                let next = u32::try_from(keys.len()).unwrap_or(0);
                let key = *keys.entry(text).or_insert(next);
                of.insert((module.id.0, at), Account { key, id });
            }
        }
        // With one account there is nothing to tell apart, and what has no configuration is in it as well.
        let first = of.values().map(|account: &Account| account.key).next();
        if of.values().all(|account| Some(account.key) == first) {
            of.values_mut().for_each(|account| account.key = 0);
        }
        Accounts { of }
    }

    pub fn account(&self, resource: &Resource) -> Account {
        let known = resource.provider.and_then(|(module, at)| self.of.get(&(module.0, at)));
        known.cloned().unwrap_or_default()
    }
}

/// A value as it tells configurations apart.
fn shown(value: &Value) -> String {
    match value.as_str() {
        Some(text) => text.to_string(),
        None => {
            let refs = value.deep_refs();
            let names = refs.iter().map(|it| format!("{}.{}", it.resource.0, it.path));
            format!("?{} {}", names.collect::<Vec<_>>().join(","), pattern(value, Syntax::Literal))
        }
    }
}

fn account_of(arn: &str) -> Option<String> {
    let id = arn.strip_prefix("arn:")?.split(':').nth(3)?;
    (id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())).then(|| id.to_string())
}
