//! Which AWS accounts the code itself treats as its own. An account that only ever stands in a trust is
//! somebody else's, unless other code says so: most platforms have many accounts that trust each other.

use super::guarded::guarded;
use super::model::{Model, Policy};
use crate::eval::value::{ResourceId, Value};
use crate::eval::{ModuleId, ResourceMode};
use crate::iam::Pattern;
use crate::iam::aws::{Effect, PrincipalKind, Who};
use std::collections::{BTreeSet, HashMap};

/// Accounts that are named outside of the principals of a document.
#[derive(Debug, Default)]
pub struct Accounts {
    /// By number, how it is named: empty for what uses an account without naming it, else the names of the
    /// variables, locals and keys.
    named: HashMap<String, Vec<String>>,
    /// Accounts that the code is certainly applied in.
    home: BTreeSet<String>,
    /// Of those, the ones that a provider configuration works in, by the identity providers that roles trust which
    /// are made with it.
    of_provider: HashMap<(ModuleId, usize), BTreeSet<String>>,
}

impl Accounts {
    /// The names of variables, locals and keys that hold an account; empty names where something of that
    /// account is used. Nothing for an account that only trusts name.
    pub fn names(&self, account: &str) -> &[String] {
        self.named.get(account).map_or(&[], Vec::as_slice)
    }

    /// The code is applied in this account.
    pub fn is_home(&self, account: &str) -> bool {
        self.home.contains(account)
    }

    /// The account that a provider configuration works in, if roles that are made with it tell of one and no other.
    pub fn of_provider(&self, provider: (ModuleId, usize)) -> Option<&str> {
        let mut told = self.of_provider.get(&provider)?.iter();
        told.next().filter(|_| told.next().is_none()).map(String::as_str)
    }

    /// The other accounts that the code is applied in or names, those that it is applied in first.
    pub fn others<'a>(&'a self, account: &'a str) -> impl Iterator<Item = &'a str> {
        let mut named: Vec<&str> = self.named.keys().map(String::as_str).collect();
        named.sort_unstable();
        self.home.iter().map(String::as_str).chain(named).filter(move |id| *id != account)
    }

    fn home(&mut self, text: Option<&str>) {
        if let Some(id) = text.and_then(account_of) {
            self.home.insert(id.to_string());
        }
    }

    /// A resource that is certainly there belongs to that account.
    fn home_of(&mut self, model: &Model, resource: ResourceId, text: &str) {
        let Some(id) = account_of(text) else { return };
        self.home.insert(id.to_string());
        let resource = model.resource(resource);
        // Where no provider is configured, those of several aliases look alike.
        if let Some(provider) = resource.provider
            && resource.mode == ResourceMode::Managed
            && model.project.is_certain(resource)
        {
            self.of_provider.entry(provider).or_default().insert(id.to_string());
        }
    }

    fn name(&mut self, id: &str, name: &str) {
        let names = self.named.entry(id.to_string()).or_default();
        if !names.iter().any(|known| known == name) {
            names.push(name.to_string());
        }
    }
}

/// The accounts that a root module names. Computed once.
pub fn accounts(model: &Model) -> &Accounts {
    model.accounts.get_or_init(|| {
        let mut found = Accounts::default();
        configured(model, &mut found);
        trusted_providers(model, &mut found);
        values(model, &mut found);
        resources(model, &mut found);
        found
    })
}

/// An account number, or that in an ARN.
pub fn account_of(text: &str) -> Option<&str> {
    if is_number(text) {
        return Some(text);
    }
    text.strip_prefix("arn:")?.split(':').nth(3).filter(|part| is_number(part))
}

fn is_number(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Providers and backends say where the code is applied.
fn configured(model: &Model, found: &mut Accounts) {
    let modules = &model.project.modules;
    for provider in modules.iter().flat_map(|module| &module.providers) {
        let allowed = provider.body.value("allowed_account_ids").map(Value::as_slice).unwrap_or_default();
        allowed.iter().for_each(|id| found.home(id.as_str()));
        for role in provider.body.blocks("assume_role") {
            found.home(role.text("role_arn"));
        }
    }
    for backend in modules.iter().flat_map(|module| &module.settings).flat_map(|it| it.blocks("backend")) {
        found.home(backend.text("role_arn"));
        for role in backend.blocks("assume_role") {
            found.home(role.text("role_arn"));
        }
    }
}

/// A role can only trust identity providers of its own account, and the root that a key is given to in full is
/// that of the key's account.
/// Source: AWS IAM User Guide, "AWS JSON policy elements: Principal"; AWS KMS Developer Guide, "Default key
/// policy".
fn trusted_providers(model: &Model, found: &mut Accounts) {
    for guarded in guarded(model) {
        for statement in &guarded.document.document.statements {
            if statement.effect != Effect::Allow {
                continue;
            }
            let every = statement.actions.elements().iter().any(|it| it.pattern.as_text().is_none());
            for principal in statement.principals.list() {
                let text = principal.element.pattern.to_string();
                match principal.kind {
                    PrincipalKind::Federated => found.home_of(model, guarded.document.resource, &text),
                    PrincipalKind::Aws if guarded.asset.service == "kms" && every => {
                        if let Who::Account(id) = principal.who() {
                            // One that is not the key's own may be given as much.
                            found.home(Some(&id));
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}

/// Variables and locals, down to the keys of maps.
fn values(model: &Model, found: &mut Accounts) {
    for module in &model.project.modules {
        let variables = module.variables.iter().map(|(name, variable)| (name, &variable.value));
        for (name, value) in variables.chain(module.locals.iter()) {
            named(value, name, found);
        }
    }
}

fn named(value: &Value, name: &str, found: &mut Accounts) {
    if let Some(text) = value.as_str() {
        if let Some(id) = account_of(text) {
            found.name(id, name);
        }
        return;
    }
    for item in value.items().unwrap_or_default() {
        named(item, name, found);
    }
    for (key, item) in value.entries().into_iter().flatten() {
        if !speaks_of_principals(key) {
            named(item, &format!("{name}.{key}"), found);
        }
    }
}

/// Documents and arguments that list whom something trusts.
fn speaks_of_principals(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["principal", "identifiers", "trust", "condition", "assume_role_policy", "layers"]
        .iter()
        .any(|word| key.contains(word))
}

/// ARNs of what the code uses.
fn resources(model: &Model, found: &mut Accounts) {
    let managed = model.project.resources.iter().filter(|it| it.mode == ResourceMode::Managed);
    for resource in managed {
        resource.body.each_attr(&mut |path, attr| {
            let is_permission = resource.kind.ends_with("_permission");
            if is_permission || path.split('.').any(speaks_of_principals) {
                return;
            }
            attr.value.walk(&mut |value| {
                if let Some(text) = value.as_str()
                    && text.starts_with("arn:")
                    && let Some(id) = account_of(text)
                {
                    found.name(id, "");
                }
            });
        });
    }
    for grant in &model.grants {
        let Policy::Aws(policy) = &grant.policy else { continue };
        let own = policy.document.statements.iter().filter(|statement| {
            let mut actions = statement.actions.elements().iter();
            !actions.any(|action| action.pattern.prefix().starts_with("sts:"))
        });
        for element in own.flat_map(|statement| statement.resources.elements()) {
            if let Some(id) = account_in(&element.pattern) {
                found.name(&id, "");
            }
        }
    }
}

fn account_in(pattern: &Pattern) -> Option<String> {
    account_of(&pattern.to_string()).map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_from_numbers_and_arns() {
        assert_eq!(account_of("123456789012"), Some("123456789012"));
        assert_eq!(account_of("arn:aws-cn:iam::123456789012:role/x"), Some("123456789012"));
        assert_eq!(account_of("arn:aws:s3:::bucket"), None);
        assert_eq!(account_of("12345678901"), None);
    }
}
