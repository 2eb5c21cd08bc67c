use super::Asked;
use super::azure::is_id;
use crate::eval::value::Value;
use crate::eval::{BlockValue, Resource};
use crate::identity::accounts::{account_of, accounts};
use crate::identity::{Model, Naming};
use std::collections::BTreeSet;

/// Whether a resource is applied in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Home {
    Here,
    Unknown,
    Elsewhere,
}

/// What the resource or its provider says counts most, then the configuration, then what else is applied with the same
/// provider.
pub(super) fn home(model: &Model, resource: &Resource, asked: &Asked) -> Home {
    let id = asked.account.id.as_str();
    let told = match asked.account.provider {
        "google" => project(model, resource, id),
        "azure" => tenant(model, resource, asked),
        _ => pinned(model, resource, id),
    };
    if let Some(home) = told {
        return home;
    }
    if !asked.roots.is_empty() {
        let root = if model.project.dir.is_empty() { "." } else { &model.project.dir };
        return known(asked.roots.matches(root), 1);
    }
    if asked.account.provider != "aws" {
        return Home::Unknown;
    }
    let told = resource.provider.and_then(|provider| accounts(model).of_provider(provider));
    told.map_or(Home::Unknown, |account| known(account == id, 1))
}

/// One of several may be another one.
fn known(among: bool, of: usize) -> Home {
    match among {
        false => Home::Elsewhere,
        true if of == 1 => Home::Here,
        true => Home::Unknown,
    }
}

fn provider<'m>(model: &'m Model, resource: &Resource) -> Option<&'m BlockValue> {
    let (module, index) = resource.provider?;
    let module = model.project.modules.get(module.0 as usize)?;
    Some(&module.providers.get(index)?.body)
}

/// By the accounts that the provider of a resource works in, as far as it says so.
///
/// Source: Terraform Registry, AWS provider: of several `assume_role` each is assumed with the one before.
fn pinned(model: &Model, resource: &Resource, id: &str) -> Option<Home> {
    let body = provider(model, resource)?;
    let roles = body.blocks("assume_role");
    let last = roles.last().filter(|_| !roles.iter().any(|role| role.perhaps));
    if let Some(account) = last.and_then(|role| account_of(role.text("role_arn")?)) {
        return Some(known(account == id, 1));
    }
    let allowed = body.value("allowed_account_ids").map(Value::as_slice).unwrap_or_default();
    // With one that is not known it may be any account.
    let pinned: BTreeSet<_> = allowed.iter().map(|id| account_of(id.as_str()?)).collect::<Option<_>>()?;
    (!pinned.is_empty()).then(|| known(pinned.contains(id), pinned.len()))
}

/// A tenant has an id and some domains, which only it knows all of.
fn tenant(model: &Model, resource: &Resource, asked: &Asked) -> Option<Home> {
    match Naming::written(provider(model, resource)?.value("tenant_id")?) {
        Naming::Exact(name) => {
            let mut known = std::iter::once(&asked.account.id).chain(&asked.account.also);
            let id = known.clone().find(|known| is_id(known));
            Some(match id {
                _ if known.any(|known| known.eq_ignore_ascii_case(&name)) => Home::Here,
                Some(_) if is_id(&name) => Home::Elsewhere,
                _ => Home::Unknown,
            })
        }
        _ => None,
    }
}

/// Source: Terraform Registry, `google_service_account`: without `project`, that of the provider is used.
fn project(model: &Model, resource: &Resource, id: &str) -> Option<Home> {
    let of = |body: &BlockValue| body.value("project").filter(|value| !value.is_null()).map(Naming::written);
    match of(&resource.body).or_else(|| of(provider(model, resource)?))? {
        Naming::Exact(name) => {
            let name = name.strip_prefix("projects/").unwrap_or(&name);
            let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            // A project has a number as well, and which it is only Google knows.
            Some(match is_number(name) == is_number(id) {
                true => known(name == id, 1),
                false => Home::Unknown,
            })
        }
        vague => (!vague.fits(id) && !vague.fits(&format!("projects/{id}"))).then_some(Home::Elsewhere),
    }
}
