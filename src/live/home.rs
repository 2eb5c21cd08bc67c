use super::Asked;
use crate::eval::Resource;
use crate::eval::value::Value;
use crate::identity::Model;
use crate::identity::accounts::{account_of, accounts};
use std::collections::BTreeSet;

/// Whether a resource is applied in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Home {
    Here,
    Unknown,
    Elsewhere,
}

/// What its provider says counts most, then the configuration, then what else the root module tells of accounts
/// that it is applied in.
pub(super) fn home(model: &Model, resource: &Resource, asked: &Asked) -> Home {
    let id = asked.account.id.as_str();
    let pinned = pinned(model, resource);
    if !pinned.is_empty() {
        return known(pinned.contains(id), pinned.len());
    }
    if !asked.roots.is_empty() {
        let root = if model.project.dir.is_empty() { "." } else { &model.project.dir };
        return known(asked.roots.matches(root), 1);
    }
    let homes: Vec<_> = accounts(model).homes().collect();
    match homes.is_empty() {
        true => Home::Unknown,
        false => known(homes.contains(&id), homes.len()),
    }
}

/// One of several may be another one.
fn known(among: bool, of: usize) -> Home {
    match among {
        false => Home::Elsewhere,
        true if of == 1 => Home::Here,
        true => Home::Unknown,
    }
}

/// The accounts that the provider of a resource works in, as far as it says so.
fn pinned(model: &Model, resource: &Resource) -> BTreeSet<String> {
    let provider = resource.provider.and_then(|(module, index)| {
        let module = model.project.modules.get(module.0 as usize)?;
        Some(&module.providers.get(index)?.body)
    });
    let Some(body) = provider else { return BTreeSet::new() };
    let roles = body.blocks("assume_role");
    if let Some(account) = roles.iter().find_map(|role| account_of(role.text("role_arn")?)) {
        return BTreeSet::from([account.to_owned()]);
    }
    let allowed = body.value("allowed_account_ids").map(Value::as_slice).unwrap_or_default();
    allowed.iter().filter_map(|id| account_of(id.as_str()?)).map(str::to_owned).collect()
}
