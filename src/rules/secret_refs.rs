//! Which secrets a value is made from that are no literals: generated ones, those that a cloud hands out, and
//! those read from a store.

use crate::eval::value::{HopKind, Kind, Ref, ResourceId, Value, Why};
use crate::eval::{Resource, ResourceMode};
use crate::identity::facts;
use crate::identity::literals::leaves::Leaf;
use crate::identity::{Model, literals};
use crate::secret::is_secret_name;
use crate::source::{SourceMap, Span};
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
        // What is known is no reference, and a string is made from its holes.
        let Kind::Unknown(unknown) = &part.kind else { return };
        if is_digest(part, sources) {
            return;
        }
        let directly = matches!(unknown.why, Why::Attribute(..));
        for reference in part.meta.refs.iter() {
            let evidence = Evidence { named: named || reads_secret(part, sources), directly };
            if let Some(secret) = resource(model, reference, evidence)
                && seen.insert(secret.origin.clone())
            {
                found.push(secret);
            }
        }
        if let Why::Variable(name) = &unknown.why
            && (part.meta.sensitive || (named && is_secret_name(name)))
            && seen.insert(Origin::Variable(name.to_string()))
        {
            let sure = part.meta.sensitive && (named || is_secret_name(name));
            found.push(SecretRef { origin: Origin::Variable(name.to_string()), sure });
        }
    });
    // The store's copy of a generated secret is that secret.
    if found.iter().any(|secret| matches!(secret.origin, Origin::Issued(..))) {
        let is_copy = |secret: &SecretRef| match &secret.origin {
            Origin::Store(id, _) => model.resource(*id).mode == ResourceMode::Managed,
            _ => false,
        };
        found.retain(|secret| !is_copy(secret));
    }
    found
}

/// What speaks for it that a value is a secret, beside where it comes from.
#[derive(Clone, Copy)]
struct Evidence {
    /// Its name, here or in the document that it is taken out of.
    named: bool,
    /// It is the whole of an attribute, and no part of it.
    directly: bool,
}

/// `jsondecode(…)["api_key"]`, `local.settings.password`: the last name says what was taken out.
fn reads_secret(value: &Value, sources: &SourceMap) -> bool {
    let Some(span) = value.meta.span else { return false };
    let Some(text) = sources.find(span.file).and_then(|file| file.text.get(span.range())) else {
        return false;
    };
    let text = text.trim_end_matches(['"', ']', ')', '}', ' ']);
    let start = text.rfind(|letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '_' | '-'));
    let last = start
        .map_or(text, |at| &text[at..])
        .trim_start_matches(|letter: char| !letter.is_ascii_alphanumeric());
    // The attributes of the stores themselves are no names.
    !matches!(last, "secret_string" | "secret_data" | "value" | "result") && is_secret_name(last)
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

fn resource(model: &Model, reference: &Ref, evidence: Evidence) -> Option<SecretRef> {
    let resource = model.resource(reference.resource);
    let path = reference.path.split('.').next().filter(|path| !path.is_empty())?;
    let kind = &*resource.kind;
    let among = |paths: &[String]| paths.iter().any(|known| known.split('.').next() == Some(path));
    match resource.mode {
        ResourceMode::Managed => {
            let facts = facts::of(kind)?;
            if among(&facts.gives) {
                if NAMES.contains(&kind) && !evidence.named {
                    return None;
                }
                return Some(SecretRef { origin: Origin::Issued(resource.id, path.to_string()), sure: true });
            }
            let stored = facts.kind == facts::Kind::SecretValue
                && among(&facts.takes)
                && literals::sink(resource, path, path, path).is_some();
            let sure = evidence.named || (evidence.directly && !is_setting(resource));
            stored.then(|| SecretRef { origin: Origin::Store(resource.id, path.to_string()), sure })
        }
        ResourceMode::Data => {
            if OTHER_DATA.contains(&kind) || !among(facts::secret_data(kind)) {
                return None;
            }
            // Parameters hold settings far more often than secrets, and documents hold both.
            let whole = evidence.directly && !is_setting(resource);
            let sure = match kind {
                "aws_ssm_parameter" => evidence.named || (whole && is_secret_parameter(resource)),
                _ => evidence.named || whole,
            };
            Some(SecretRef { origin: Origin::Store(resource.id, path.to_string()), sure })
        }
        ResourceMode::Ephemeral => None,
    }
}

/// Settings are kept in secret stores, too: `tenant-id`, `db_host`.
fn is_setting(resource: &Resource) -> bool {
    const SETTINGS: [&str; 18] = [
        "id", "ids", "url", "uri", "host", "hostname", "endpoint", "user", "username", "name", "email",
        "region", "arn", "port", "address", "domain", "config", "settings",
    ];
    let names = [Some(&*resource.name), resource.body.text("name")];
    names.into_iter().flatten().any(|name| {
        let last = name.rsplit(['_', '-', '/', '.']).next().unwrap_or(name).to_ascii_lowercase();
        SETTINGS.contains(&last.as_str())
    })
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

/// The place where a secret is put into something: the reference itself, or, when an output or a local value
/// hands it over, the reference to that.
pub(super) fn place(model: &Model, leaf: &Leaf<'_>, origin: &Origin, sources: &SourceMap) -> Span {
    whole(place_of(model, leaf, origin, sources), sources)
}

/// The whole of a reference of which only the last step is marked.
pub(super) fn whole(span: Span, sources: &SourceMap) -> Span {
    let Some(file) = sources.find(span.file) else { return span };
    let bytes = file.text.as_bytes();
    let mut at = span.start as usize;
    if !matches!(bytes.get(at), Some(b'.' | b'[')) {
        return span;
    }
    while let Some(byte) = at.checked_sub(1).and_then(|before| bytes.get(before)) {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'*' => at -= 1,
            b']' => match bytes[..at].iter().rposition(|byte| *byte == b'[') {
                Some(open) if at - open < 100 => at = open,
                _ => break,
            },
            _ => break,
        }
    }
    Span::new(span.file, at, span.end as usize)
}

fn place_of(model: &Model, leaf: &Leaf<'_>, origin: &Origin, sources: &SourceMap) -> Span {
    let value = leaf.value;
    let otherwise = value.meta.span.unwrap_or(leaf.attr.expr_span);
    let hops = value.meta.hops();
    if let Origin::Variable(_) = origin {
        return hops.first().map_or(otherwise, |hop| hop.span);
    }
    let locals = |name: &str| {
        let name = name.strip_prefix("local.")?;
        model.project.modules.iter().find_map(|module| module.locals.get(name))
    };
    let hands_over = hops.iter().rev().find(|hop| match hop.kind {
        HopKind::Output => true,
        HopKind::Local => {
            locals(&hop.name).is_some_and(|value| value.entries().is_none() && value.items().is_none())
        }
        _ => false,
    });
    if let Some(hop) = hands_over {
        return hop.span;
    }
    through_resource(model, leaf, origin, sources).unwrap_or(otherwise)
}

/// `aws_db_instance.main.password` is where the password is read, although it was put there from elsewhere.
fn through_resource(model: &Model, leaf: &Leaf<'_>, origin: &Origin, sources: &SourceMap) -> Option<Span> {
    let (Origin::Issued(id, _) | Origin::Store(id, _)) = origin else { return None };
    let written = leaf.value.meta.span?;
    let expr = leaf.attr.expr_span;
    let refs = leaf.value.deep_refs();
    let others: Vec<&Ref> = refs.iter().filter(|one| one.resource != *id && !one.path.is_empty()).collect();
    if others.is_empty() || expr.contains(written) {
        return None;
    }
    let text = sources.find(expr.file)?.text.get(expr.range())?;
    others.into_iter().find_map(|one| {
        let at = text.find(&model.resource(one.resource).local_address())?;
        let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '[' | ']' | '*');
        let end = text[at..].find(|c: char| !inside(c)).map_or(text.len(), |end| at + end);
        Some(expr.slice(at, end))
    })
}
