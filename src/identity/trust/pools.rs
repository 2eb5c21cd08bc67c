//! Workload identity pools of Google Cloud: their providers, and who of a pool is a member.
//! Source: Google Cloud documentation, "Workload Identity Federation", "Principal identifiers".

use super::cel::{self, Terms};
use super::claims::{everybody, read_claim, tells_apart};
use super::names::{hints, sources, text};
use super::subject::Reading;
use super::{Issuer, Width};
use crate::eval::value::{ResourceId, Value};
use crate::eval::{Resource, ResourceMode};
use crate::iam::Pattern;
use crate::identity::model::Model;
use std::collections::HashMap;

const PROVIDER: &str = "google_iam_workload_identity_pool_provider";
const POOL: &str = "google_iam_workload_identity_pool";

/// A provider of a pool.
#[derive(Clone, Debug)]
pub struct PoolProvider {
    pub resource: ResourceId,
    pub issuer: Issuer,
    /// The address of the issuer as far as it is known; empty for AWS and SAML.
    pub address: String,
    /// Whom it lets in at all.
    pub reading: Reading,
    /// It has an attribute condition, known or not.
    pub conditional: bool,
    pub everybody: Reading,
    /// The claim that each attribute holds, where it holds just one.
    mapping: HashMap<String, String>,
    mapped: bool,
}

/// All pools of a root module.
#[derive(Debug, Default)]
pub struct Pools {
    pub providers: Vec<PoolProvider>,
    by_pool: HashMap<ResourceId, Vec<usize>>,
    by_name: HashMap<String, Vec<usize>>,
}

/// Which of a pool's identities a member is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `principalSet://…/*`
    All,
    /// `principal://…/subject/…`
    Subject(String),
    /// `principalSet://…/attribute.name/value`
    Attribute(String, String),
    Group(String),
    /// Which part is not known.
    Unknown,
}

/// A member that is a pool or a part of it.
#[derive(Clone, Debug)]
pub struct PoolMember {
    pub scope: Scope,
    /// The pool, where it is declared here.
    pub pool: Option<ResourceId>,
    /// Its providers that are declared here, by their index in [`Pools::providers`].
    pub providers: Vec<usize>,
    pub reading: Reading,
    pub issuer: Issuer,
    /// The pool as written.
    pub name: String,
}

impl Pools {
    pub fn of(model: &Model) -> Pools {
        let mut pools = Pools::default();
        let managed = model.project.resources.iter().filter(|it| it.mode == ResourceMode::Managed);
        for resource in managed.filter(|it| &*it.kind == PROVIDER) {
            let index = pools.providers.len();
            pools.providers.push(provider(model, resource));
            let Some(value) = resource.body.value("workload_identity_pool_id") else { continue };
            if let Some(pool) = declared_pool(model, value) {
                pools.by_pool.entry(pool).or_default().push(index);
            }
            let name = text(value);
            if !name.contains('…') {
                pools.by_name.entry(name).or_default().push(index);
            }
        }
        pools
    }

    /// Reads a member; nothing for what is no part of a workload identity pool.
    pub fn member(&self, model: &Model, value: &Value) -> Option<PoolMember> {
        let written = text(value);
        let is_member = written.starts_with("principalSet://") || written.starts_with("principal://");
        if !is_member || written.contains("/workforcePools/") {
            return None;
        }
        let pool = declared_pool(model, value);
        let (scope, at) = scope(&written).or(pool.map(|_| (Scope::Unknown, written.len())))?;
        let name = written[..at].trim_end_matches('/').to_string();
        let by_id = name.split_once("/workloadIdentityPools/").map(|(_, id)| id);
        let providers = match pool.and_then(|pool| self.by_pool.get(&pool)) {
            Some(found) => found.clone(),
            None => by_id.and_then(|id| self.by_name.get(id)).cloned().unwrap_or_default(),
        };
        let mut readings = providers.iter().map(|index| self.providers[*index].narrow(&scope));
        let first = readings.next();
        let reading = match first {
            Some(first) => {
                readings.fold(first, |best, next| if next.width > best.width { next } else { best })
            }
            None => without_provider(&scope),
        };
        let issuer = providers.first().map(|index| self.providers[*index].issuer);
        let issuer = issuer.or_else(|| match &scope {
            Scope::Subject(subject) => Issuer::of_subject(subject),
            _ if name.ends_with(".svc.id.goog") => Some(Issuer::Kubernetes),
            _ => hints(value).iter().find_map(|hint| hint.contains("github").then_some(Issuer::GitHub)),
        });
        Some(PoolMember { scope, pool, providers, reading, issuer: issuer.unwrap_or(Issuer::Other), name })
    }
}

impl PoolProvider {
    /// Whom a part of the pool lets in, within what the provider lets in at all.
    fn narrow(&self, scope: &Scope) -> Reading {
        let asked = match scope {
            Scope::All => return self.reading.clone(),
            Scope::Unknown => return without_provider(scope),
            Scope::Group(group) => {
                Reading { width: Some(Width::Whole), described: format!("members of group {group}") }
            }
            Scope::Subject(subject) => self.by_claim("google.subject", subject),
            Scope::Attribute(name, value) => self.by_claim(&format!("attribute.{name}"), value),
        };
        match (asked.width, self.reading.width) {
            // What is not known of the condition may be narrower.
            (Some(asked_width), None) if asked_width > Width::Whole => self.reading.clone(),
            (Some(asked_width), Some(known)) if known < asked_width => self.reading.clone(),
            _ => asked,
        }
    }

    fn by_claim(&self, attribute: &str, value: &str) -> Reading {
        match self.claim(attribute) {
            Some(claim) if self.issuer == Issuer::Other || self.address.is_empty() => {
                Reading { width: Some(Width::Whole), described: format!("{claim} {value}") }
            }
            Some(claim) if tells_apart(self.issuer, &claim) => {
                read_claim(self.issuer, &claim, &Pattern::literal(value))
            }
            Some(_) => self.everybody.clone(),
            None => Reading { width: None, described: format!("{attribute} {value}") },
        }
    }

    /// The attribute that holds a claim, for members: `attribute.repository`.
    pub fn attribute_of(&self, claim: &str) -> Option<&str> {
        let mut found: Vec<&str> = self
            .mapping
            .iter()
            .filter(|(name, held)| *held == claim && name.starts_with("attribute."))
            .map(|(name, _)| name.as_str())
            .collect();
        found.sort_unstable();
        found.first().copied()
    }

    /// The claim that an attribute holds.
    fn claim(&self, attribute: &str) -> Option<String> {
        match self.mapping.get(attribute) {
            Some(claim) => Some(claim.clone()),
            None if self.mapped => None,
            None if attribute == "google.subject" => Some("sub".to_string()),
            None => attribute.strip_prefix("attribute.").map(str::to_string),
        }
    }
}

fn provider(model: &Model, resource: &Resource) -> PoolProvider {
    let oidc = resource.body.block("oidc");
    let issuer_uri = oidc.as_ref().and_then(|block| block.value("issuer_uri"));
    let address = issuer_uri.map(text).unwrap_or_default();
    let issuer = match issuer_uri {
        Some(value) if sources(model, value).iter().any(|it| it.kind.ends_with("_cluster")) => {
            Issuer::Kubernetes
        }
        Some(_) => Issuer::of(&address),
        None if resource.body.has_block("saml") => Issuer::Saml,
        None => Issuer::Other,
    };
    let entries = resource.body.value("attribute_mapping").and_then(Value::entries);
    let mapping = entries.into_iter().flatten().filter_map(|(name, value)| {
        let claim = value.as_str()?.trim().strip_prefix("assertion")?;
        let claim = claim.trim_matches(|c: char| "[]'\".".contains(c));
        let simple = claim.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
        simple.then(|| (name.to_string(), claim.to_string()))
    });
    let everybody = everybody(issuer, &address);
    let condition = resource.body.value("attribute_condition");
    let mut found = PoolProvider {
        resource: resource.id,
        issuer,
        address,
        reading: everybody.clone(),
        conditional: condition.is_some_and(|value| value.as_str().is_none_or(|text| !text.trim().is_empty())),
        everybody,
        mapped: resource.body.value("attribute_mapping").is_some_and(|value| value.entries().is_some()),
        mapping: mapping.collect(),
    };
    if issuer_uri.is_some_and(Value::is_unknown) && issuer == Issuer::Other {
        found.reading.width = None;
    }
    if let Some(condition) = condition.filter(|_| found.conditional) {
        let whole = condition.parts().is_some();
        found.reading = match whole {
            true => {
                let claim = |attribute: &str| found.claim(attribute);
                let terms = Terms { issuer, everybody: &found.everybody, claim: &claim };
                cel::read(&text(condition), &terms)
            }
            false => Reading { width: None, described: "tokens that meet a condition".to_string() },
        };
    }
    found
}

fn declared_pool(model: &Model, value: &Value) -> Option<ResourceId> {
    let named = sources(model, value);
    let pool = named.iter().find(|resource| &*resource.kind == POOL).map(|resource| resource.id);
    // A member may also be made of its provider's attributes.
    pool.or_else(|| {
        let provider = named.iter().find(|resource| &*resource.kind == PROVIDER)?;
        declared_pool(model, provider.body.value("workload_identity_pool_id")?)
    })
}

/// The part of a pool, and where it begins in the text.
fn scope(written: &str) -> Option<(Scope, usize)> {
    let rest_of =
        |marker: &str| written.find(marker).map(|at| (written[at + marker.len()..].to_string(), at));
    if let Some((rest, at)) = rest_of("/attribute.") {
        let (name, value) = rest.split_once('/')?;
        let scope = match value {
            "*" => Scope::All,
            value => Scope::Attribute(name.to_string(), value.to_string()),
        };
        return Some((scope, at));
    }
    if let Some((rest, at)) = rest_of("/subject/") {
        return Some((Scope::Subject(rest), at));
    }
    if let Some((rest, at)) = rest_of("/group/") {
        return Some((Scope::Group(rest), at));
    }
    let at = written.strip_suffix("/*").map(str::len)?;
    Some((Scope::All, at))
}

fn without_provider(scope: &Scope) -> Reading {
    match scope {
        Scope::All => Reading { width: None, described: "every identity of the pool".to_string() },
        Scope::Unknown => Reading { width: None, described: "some identities of the pool".to_string() },
        Scope::Subject(subject) => {
            Reading { width: Some(Width::One), described: format!("subject {subject}") }
        }
        Scope::Attribute(name, value) => {
            Reading { width: None, described: format!("identities of the pool with {name} {value}") }
        }
        Scope::Group(group) => {
            Reading { width: Some(Width::Whole), described: format!("members of group {group}") }
        }
    }
}
