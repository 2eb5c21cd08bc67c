//! Which secrets a value is made from that are no literals: generated ones, those that a cloud hands out, and
//! those read from a store.

use crate::eval::value::{Kind, Ref, ResourceId, Value, Why};
use crate::eval::{Resource, ResourceMode};
use crate::identity::facts;
use crate::identity::literals::leaves::Leaf;
use crate::identity::{Model, literals};
use crate::secret::is_secret_name;
use crate::source::SourceMap;
use std::collections::BTreeSet;

/// Where the secret comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Origin {
    /// An attribute that puts a secret into state: `aws_iam_access_key.ci.secret`.
    Issued(ResourceId, String),
    /// Copied out of a store by a data source or from the resource that fills it.
    Store(ResourceId, String),
    /// An input variable of the root module.
    Variable(String),
}

/// A secret that a value is made from.
#[derive(Clone, Debug)]
pub(super) struct SecretRef {
    pub origin: Origin,
    /// Only its name says that it is a secret, or nothing but a mark.
    pub sure: bool,
}

/// Data sources that return anything, or something that ends by itself within the hour.
const OTHER_DATA: [&str; 6] = [
    "external",
    "http",
    "google_client_config",
    "google_service_account_access_token",
    "aws_eks_cluster_auth",
    "aws_ecr_authorization_token",
];

/// Values that are as often a suffix of a name as a secret.
const NAMES: [&str; 3] = ["random_string", "random_id", "random_bytes"];

/// Functions whose result does not tell the secret.
const ONE_WAY: [&str; 9] =
    ["sha1(", "sha256(", "sha512(", "md5(", "bcrypt(", "length(", "uuidv5(", "can(", "keys("];

/// The secrets of one string of a block.
pub(super) fn of(model: &Model, leaf: &Leaf<'_>, sources: &SourceMap) -> Vec<SecretRef> {
    let named = is_secret_name(leaf.name);
    let mut found: Vec<SecretRef> = Vec::new();
    let mut seen = BTreeSet::new();
    leaf.value.walk(&mut |part| {
        if is_digest(part, sources) {
            return;
        }
        for reference in part.meta.refs.iter() {
            if let Some(secret) = resource(model, reference, named)
                && seen.insert(secret.origin.clone())
            {
                found.push(secret);
            }
        }
        if let Kind::Unknown(unknown) = &part.kind
            && let Why::Variable(name) = &unknown.why
            && (part.meta.sensitive || (named && is_secret_name(name)))
            && seen.insert(Origin::Variable(name.to_string()))
        {
            let sure = part.meta.sensitive && (named || is_secret_name(name));
            found.push(SecretRef { origin: Origin::Variable(name.to_string()), sure });
        }
    });
    // The store's copy of a generated secret is that secret.
    if found.iter().any(|secret| matches!(secret.origin, Origin::Issued(..))) {
        found.retain(|secret| !matches!(&secret.origin, Origin::Store(id, _) if model.resource(*id).mode == ResourceMode::Managed));
    }
    found
}

/// A digest, a length: made from the secret without telling it.
fn is_digest(value: &Value, sources: &SourceMap) -> bool {
    let Some(span) = value.meta.span else { return false };
    let derived = match &value.kind {
        Kind::Unknown(unknown) => matches!(unknown.why, Why::Derived | Why::Impure(_)),
        Kind::String(_) => true,
        _ => false,
    };
    let Some(file) = sources.find(span.file).filter(|_| derived) else { return false };
    file.text.get(span.range()).is_some_and(|text| ONE_WAY.iter().any(|call| text.contains(call)))
}

fn resource(model: &Model, reference: &Ref, named: bool) -> Option<SecretRef> {
    let resource = model.resource(reference.resource);
    let path = reference.path.split('.').next().filter(|path| !path.is_empty())?;
    let kind = &*resource.kind;
    let among = |paths: &[String]| paths.iter().any(|known| known.split('.').next() == Some(path));
    match resource.mode {
        ResourceMode::Managed => {
            let facts = facts::of(kind)?;
            if among(&facts.gives) {
                if NAMES.contains(&kind) && !named {
                    return None;
                }
                return Some(SecretRef { origin: Origin::Issued(resource.id, path.to_string()), sure: true });
            }
            let stored = facts.kind == facts::Kind::SecretValue
                && among(&facts.takes)
                && literals::sink(resource, path, path).is_some();
            stored.then(|| SecretRef { origin: Origin::Store(resource.id, path.to_string()), sure: true })
        }
        ResourceMode::Data => {
            if OTHER_DATA.contains(&kind) || !among(facts::secret_data(kind)) {
                return None;
            }
            // Parameters hold settings far more often than secrets.
            let sure = kind != "aws_ssm_parameter" || named || is_secret_parameter(resource);
            Some(SecretRef { origin: Origin::Store(resource.id, path.to_string()), sure })
        }
        ResourceMode::Ephemeral => None,
    }
}

fn is_secret_parameter(resource: &Resource) -> bool {
    resource.body.text("name").is_some_and(is_secret_name)
}

impl Origin {
    /// The reference as one would write it.
    pub fn written(&self, model: &Model) -> String {
        match self {
            Origin::Issued(id, path) | Origin::Store(id, path) => {
                format!("{}.{path}", model.resource(*id).address)
            }
            Origin::Variable(name) => format!("var.{name}"),
        }
    }
}
