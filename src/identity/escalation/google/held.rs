use super::condition::Limit;
use super::place::{Key, Place};
use crate::eval::value::{ResourceId, Value};
use crate::iam::gcp::escalation::Permissions;
use crate::iam::gcp::{self, Level};
use crate::identity::escalation::Evidence;
use crate::identity::model::{GoogleRole, Grant, IdentityId, Model, Policy, Subject};
use crate::identity::privilege::{Holder, privileges};
use std::collections::HashMap;

/// A role that somebody holds, and where.
pub(super) struct Held {
    pub grant: usize,
    pub at: At,
    /// Those that matter for escalation, under its condition.
    pub permissions: Permissions,
    pub limit: Limit,
}

pub(super) enum At {
    Place(Place),
    /// One service account, declared here or not.
    Account(Holder),
    /// One machine.
    Machine(ResourceId),
}

/// Permissions by role: a role is granted many times.
#[derive(Default)]
pub(super) struct Reader {
    roles: HashMap<String, Permissions>,
}

impl Reader {
    pub(super) fn read(&mut self, model: &Model, names: &Names, index: usize) -> Option<Held> {
        let grant = &model.grants[index];
        let Policy::Google { role, level } = &grant.policy else { return None };
        let permissions = match role {
            GoogleRole::Named(name) => *self
                .roles
                .entry(name.clone())
                .or_insert_with(|| gcp::role(name).map(Permissions::of_role).unwrap_or_default()),
            GoogleRole::Custom { permissions, .. } => {
                Permissions::of_list(permissions.iter().map(String::as_str))
            }
        };
        let limit = Limit::of(model, grant);
        let permissions = limit.apply(permissions);
        if permissions.is_empty() {
            return None;
        }
        let at = match level {
            Level::Resource => target(model, names, grant)?,
            level => At::Place(Place::of(model, model.resource(grant.resource), *level)),
        };
        Some(Held { grant: index, at, permissions, limit })
    }
}

/// Service accounts by what they are called in grants.
pub(super) struct Names {
    by_name: HashMap<String, IdentityId>,
    /// Those that are not declared here, by e-mail address.
    external: HashMap<String, Holder>,
}

impl Names {
    pub(super) fn new(model: &Model) -> Self {
        let accounts = model.identities.iter().filter(|it| it.kind == "google_service_account");
        let mut by_name: HashMap<String, Option<IdentityId>> = HashMap::new();
        for (name, id) in accounts.filter_map(|it| Some((it.name.clone()?, it.id))) {
            // Accounts of several projects may share a name, which then means none of them.
            by_name.entry(name).and_modify(|known| *known = None).or_insert(Some(id));
        }
        let named = by_name.into_iter().filter_map(|(name, id)| Some((name, id?)));
        let holders = privileges(model).iter().map(|(holder, _)| holder);
        let external = holders.filter_map(|holder| match &holder.subject {
            Subject::External(text) => {
                Some((text.strip_prefix("serviceAccount:")?.to_string(), holder.clone()))
            }
            _ => None,
        });
        Names { by_name: named.collect(), external: external.collect() }
    }

    /// The service account that a reference, path or e-mail address means.
    fn find(&self, model: &Model, value: &Value) -> Option<Holder> {
        for reference in value.deep_refs().iter() {
            if let Some(identity) = model.identity_of(reference.resource) {
                return Some(Holder::identity(identity.id));
            }
        }
        let text = value.as_str()?;
        let email = text.rsplit('/').next().unwrap_or(text);
        let name = email.split('@').next().unwrap_or(email);
        if let Some(id) = self.by_name.get(name) {
            return Some(Holder::identity(*id));
        }
        let named = || Holder::named(format!("serviceAccount:{email}"));
        Some(self.external.get(email).cloned().unwrap_or_else(named))
    }

    pub(super) fn external(&self) -> impl Iterator<Item = (&String, &Holder)> {
        self.external.iter()
    }
}

fn target(model: &Model, names: &Names, grant: &Grant) -> Option<At> {
    let resource = model.resource(grant.resource);
    if resource.kind.starts_with("google_service_account_iam_") {
        return names.find(model, resource.body.value("service_account_id")?).map(At::Account);
    }
    if resource.kind.starts_with("google_compute_instance_iam_") {
        let refs = resource.body.value("instance_name")?.deep_refs();
        return refs.iter().next().map(|reference| At::Machine(reference.resource));
    }
    None
}

impl Held {
    pub(super) fn place(&self) -> Option<&Place> {
        match &self.at {
            At::Place(place) => Some(place),
            _ => None,
        }
    }

    /// Not limited to what has a certain name.
    pub(super) fn is_whole(&self) -> bool {
        !matches!(self.limit, Limit::Names(_))
    }

    /// The characters to blame for a permission.
    pub(super) fn evidence(&self, model: &Model, permission: &str) -> Evidence {
        let grant = &model.grants[self.grant];
        let Policy::Google { role, .. } = &grant.policy else {
            return Evidence { span: grant.span, text: String::new(), root: None, grant: Some(self.grant) };
        };
        match role {
            GoogleRole::Named(name) => Evidence {
                span: grant.span,
                text: name.clone(),
                root: Some(grant.span),
                grant: Some(self.grant),
            },
            GoogleRole::Custom { resource: role, .. } => {
                let role = model.resource(*role);
                let listed = role.body.value("permissions").map(Value::as_slice).unwrap_or_default();
                let written = listed.iter().find(|it| it.as_str() == Some(permission));
                Evidence {
                    span: written.and_then(|it| it.meta.span).unwrap_or_else(|| role.header()),
                    text: permission.to_string(),
                    root: Some(grant.span),
                    grant: Some(self.grant),
                }
            }
        }
    }
}

/// The project in an e-mail address: `name@PROJECT.iam.gserviceaccount.com`.
pub(super) fn project_of(email: &str) -> Option<Key> {
    let project = email.split_once('@')?.1.strip_suffix(".iam.gserviceaccount.com")?;
    (!project.starts_with("gcp-sa-")).then(|| Key::Named(project.to_string()))
}
