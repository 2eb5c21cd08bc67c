//! Where identities of this code are found by name.

use crate::eval::Resource;
use crate::eval::value::{Kind, Part, ResourceId, Value, Why};
use crate::identity::facts::account_annotation;
use crate::identity::model::{IdentityId, Model};
use std::collections::HashMap;

/// Identities by what they are called. Built once for a root module.
#[derive(Debug, Default)]
pub struct Names {
    /// By type and name; none where several are called alike.
    named: HashMap<(String, String), Option<IdentityId>>,
    /// Kubernetes service accounts by namespace and name.
    accounts: HashMap<(String, String), Option<IdentityId>>,
    /// Service accounts by the cloud identity that an annotation names.
    annotated: HashMap<IdentityId, Vec<IdentityId>>,
}

impl Names {
    pub fn of(model: &Model) -> Names {
        let mut names = Names::default();
        for identity in &model.identities {
            if let Some(name) = &identity.name {
                let key = (identity.kind.clone(), name.clone());
                names.named.entry(key).and_modify(|known| *known = None).or_insert(Some(identity.id));
            }
        }
        for identity in model.identities.iter().filter(|it| is_service_account(&it.kind)) {
            let Some(metadata) = model.resource(identity.resource).body.block("metadata") else { continue };
            let namespace = metadata.value("namespace").map_or(Some("default"), Value::as_str);
            if let (Some(namespace), Some(name)) = (namespace, metadata.text("name")) {
                let key = (namespace.to_string(), name.to_string());
                names.accounts.entry(key).and_modify(|known| *known = None).or_insert(Some(identity.id));
            }
            let annotations = metadata.value("annotations").and_then(Value::entries);
            for (key, value) in annotations.into_iter().flatten() {
                if account_annotation(key).is_some()
                    && let Some(target) = names.meant_by(model, value)
                {
                    names.annotated.entry(target).or_default().push(identity.id);
                }
            }
        }
        names
    }

    pub fn named(&self, kind: &str, name: &str) -> Option<IdentityId> {
        *self.named.get(&(kind.to_string(), name.to_string()))?
    }

    /// The declared service account, by its namespace and name.
    pub fn account(&self, namespace: &str, name: &str) -> Option<IdentityId> {
        *self.accounts.get(&(namespace.to_string(), name.to_string()))?
    }

    /// The service accounts that are annotated with an identity.
    pub fn annotated(&self, target: IdentityId) -> &[IdentityId] {
        self.annotated.get(&target).map_or(&[], Vec::as_slice)
    }

    pub fn into_annotated(self) -> HashMap<IdentityId, Vec<IdentityId>> {
        self.annotated
    }

    /// The identity that a value refers to, or that it is the ARN or the address of.
    pub fn meant_by(&self, model: &Model, value: &Value) -> Option<IdentityId> {
        if let Some(found) = refers_to(model, value) {
            return Some(found);
        }
        self.by_text(&text(value))
    }

    /// `arn:aws:iam::1:role/path/name`, `name@project.iam.gserviceaccount.com`.
    pub fn by_text(&self, text: &str) -> Option<IdentityId> {
        if let Some((_, path)) = text.split_once(":role/") {
            return self.named("aws_iam_role", path.rsplit('/').next().unwrap_or(path));
        }
        if let Some((_, path)) = text.split_once(":user/") {
            return self.named("aws_iam_user", path.rsplit('/').next().unwrap_or(path));
        }
        if let Some((_, path)) = text.split_once(":assumed-role/") {
            return self.named("aws_iam_role", path.split('/').next().unwrap_or(path));
        }
        let email = text.rsplit('/').next().unwrap_or(text);
        let (name, rest) = email.split_once('@')?;
        let google = rest.ends_with(".iam.gserviceaccount.com");
        google.then(|| self.named("google_service_account", name)).flatten()
    }
}

pub fn is_service_account(kind: &str) -> bool {
    matches!(
        kind,
        "kubernetes_service_account"
            | "kubernetes_service_account_v1"
            | "kubernetes_default_service_account_v1"
    )
}

/// The one identity that a value is made from; none where it is made from several.
pub fn refers_to(model: &Model, value: &Value) -> Option<IdentityId> {
    let mut found = None;
    for reference in value.deep_refs().iter() {
        match model.identity_of(reference.resource) {
            Some(identity) if found.is_some_and(|known| known != identity.id) => return None,
            Some(identity) => found = Some(identity.id),
            None => {}
        }
    }
    found
}

/// The resources that a value is made from.
pub fn sources<'m>(model: &'m Model, value: &Value) -> Vec<&'m Resource> {
    let mut found: Vec<ResourceId> = value.deep_refs().iter().map(|reference| reference.resource).collect();
    found.dedup();
    found.into_iter().map(|id| model.resource(id)).collect()
}

/// Names of variables, locals and outputs that a value came through.
pub fn hints(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    value.walk(&mut |part| {
        found.extend(part.meta.hops().into_iter().map(|hop| hop.name.to_string()));
        if let Kind::Unknown(unknown) = &part.kind {
            match &unknown.why {
                Why::Variable(name) | Why::Module(name) | Why::Attribute(_, name) => {
                    found.push(name.to_string())
                }
                _ => {}
            }
        }
    });
    found
}

/// A value as text, with `…` for what is not known.
pub fn text(value: &Value) -> String {
    let parts = value.parts().unwrap_or_default();
    if parts.is_empty() && value.as_str().is_none() {
        return "…".to_string();
    }
    let parts = parts.iter().map(|part| match part {
        Part::Text(text) => text.as_str(),
        Part::Hole(_) => "…",
    });
    parts.collect()
}
