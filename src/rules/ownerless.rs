//! Identities and credentials of which nobody is named as the owner, and what it would take to name one.

use super::Context;
use super::surroundings::{counted, directory, is_library, is_sample};
use crate::config::Environment;
use crate::diagnostic::Persona;
use crate::eval::block_address;
use crate::eval::{Resource, ResourceMode};
use crate::iam::aws::ManagedVerdict;
use crate::identity::facts::{self, Kind, TypeFacts};
use crate::identity::{
    AzureRole, Credential, GoogleRole, Grant, Identity, IdentityId, Model, Ownership, Policy, State, Subject,
    Workload,
};
use crate::owners::CodeOwner;
use crate::source::Span;
use std::collections::{HashMap, HashSet};

/// One identity or credential without an owner.
pub(super) struct Candidate<'a> {
    pub model: &'a Model,
    pub resource: &'a Resource,
    /// The address without instance keys.
    pub block: String,
    /// The directory it is written in.
    pub dir: String,
    /// `a role with 2 grants`.
    pub what: String,
    pub persona: Persona,
    pub environment: Option<Environment>,
    /// What should be looked at first weighs most.
    pub weight: u32,
    pub related: Vec<(Span, String)>,
}

/// What an identity has, by identity, so that one pass over the model is enough.
#[derive(Default)]
struct Holdings<'a> {
    credentials: HashMap<IdentityId, Vec<&'a Credential>>,
    grants: HashMap<IdentityId, Vec<&'a Grant>>,
    workloads: HashMap<IdentityId, Vec<&'a Workload>>,
}

impl<'a> Holdings<'a> {
    fn of(model: &'a Model) -> Self {
        let mut holdings = Holdings::default();
        for credential in model.credentials.iter().filter(|credential| counts(credential)) {
            if let Subject::Identity(id) = credential.subject {
                holdings.credentials.entry(id).or_default().push(credential);
            }
        }
        for grant in &model.grants {
            for subject in &grant.subjects {
                if let Subject::Identity(id) = subject {
                    holdings.grants.entry(*id).or_default().push(grant);
                }
            }
        }
        for workload in &model.workloads {
            if let Subject::Identity(id) = workload.runs_as {
                holdings.workloads.entry(id).or_default().push(workload);
            }
        }
        holdings
    }
}

/// A standing credential of software.
fn counts(credential: &Credential) -> bool {
    let is_credential = facts::of(&credential.kind).is_some_and(|facts| facts.kind == Kind::Credential);
    // Key material that other resources make a credential of, and keys of a PagerDuty service, whose
    // escalation policy names who answers.
    let local = matches!(facts::provider(&credential.kind), "tls" | "pagerduty");
    is_credential
        && credential.is_static
        && !credential.generated
        && !credential.human
        && !local
        && credential.state != State::Disabled
}

/// Everything in a root module that has no owner, in the order of the code.
pub(super) fn candidates<'a>(cx: &Context<'_>, model: &'a Model) -> Vec<Candidate<'a>> {
    let holdings = Holdings::of(model);
    let library = is_library(model);
    let fronted = fronted(model);
    let mut found = Vec::new();
    for identity in &model.identities {
        if identity.owner != Ownership::Missing || fronted.contains_key(&identity.id) {
            continue;
        }
        if let Some(candidate) = from_identity(cx, model, identity, &holdings, &fronted, library) {
            found.push(candidate);
        }
    }
    for credential in model.credentials.iter().filter(|credential| counts(credential)) {
        // Whose identity is declared here shares its owner, or the lack of one.
        let shared = matches!(credential.subject, Subject::Identity(_));
        if credential.owner == Ownership::Missing && !shared {
            found.extend(from_credential(cx, model, credential, library));
        }
    }
    found
}

/// Service principals of applications that are declared here: the application is where the owner belongs.
fn fronted(model: &Model) -> HashMap<IdentityId, IdentityId> {
    let mut fronted = HashMap::new();
    for identity in model.identities.iter().filter(|identity| identity.kind == "azuread_service_principal") {
        let body = &model.resource(identity.resource).body;
        let client = ["client_id", "application_id"].iter().find_map(|name| body.value(name));
        let Some(client) = client else { continue };
        let application =
            client.deep_refs().iter().find_map(|used| model.identity_of(used.resource).map(|of| of.id));
        if let Some(application) = application.filter(|application| *application != identity.id) {
            fronted.insert(identity.id, application);
        }
    }
    fronted
}

fn from_identity<'a>(
    cx: &Context<'_>,
    model: &'a Model,
    identity: &'a Identity,
    holdings: &Holdings<'a>,
    fronted: &HashMap<IdentityId, IdentityId>,
    library: bool,
) -> Option<Candidate<'a>> {
    let resource = model.resource(identity.resource);
    let facts = facts::of(&identity.kind)?;
    let made_by_cloud = identity.service_owned || identity.kind == "kubernetes_default_service_account_v1";
    if identity.human
        || made_by_cloud
        || identity.state == State::Disabled
        || resource.mode != ResourceMode::Managed
    {
        return None;
    }
    let mut ids = vec![identity.id];
    let mut behind: Vec<_> =
        fronted.iter().filter(|(_, application)| **application == identity.id).map(|(id, _)| *id).collect();
    behind.sort();
    ids.extend(behind);
    let credentials: Vec<_> = ids.iter().filter_map(|id| holdings.credentials.get(id)).flatten().collect();
    let grants: Vec<_> = ids.iter().filter_map(|id| holdings.grants.get(id)).flatten().collect();
    let workloads: Vec<_> = ids.iter().filter_map(|id| holdings.workloads.get(id)).flatten().collect();
    let password = facts.takes.iter().any(|name| !resource.body.at_path(name).is_empty());
    let idle = credentials.is_empty() && grants.is_empty() && workloads.is_empty() && !password;
    let what = describe(
        noun(&identity.kind),
        &[
            (credentials.len(), "standing credential"),
            (usize::from(password && credentials.is_empty()), "password"),
            (grants.len(), "grant"),
            (workloads.len(), "workload"),
        ],
    );
    let mut related = Vec::new();
    if let Some(credential) = credentials.first() {
        related
            .push((model.resource(credential.resource).header(), "a standing credential of it".to_string()));
    }
    if let Some(grant) = grants.iter().max_by_key(|grant| power(grant)) {
        related.push((grant.span, "something it may do".to_string()));
    }
    if let (Some(workload), true) = (workloads.first(), related.is_empty()) {
        related.push((workload.span, format!("`{}` runs as it", workload.address)));
    }
    let strongest = grants.iter().map(|grant| power(grant)).max().unwrap_or(0);
    let weight = 100 * (credentials.len() + usize::from(password)).min(9) as u32
        + 20 * strongest
        + grants.len().min(9) as u32
        + workloads.len().min(9) as u32;
    // A module without its callers leaves it to them to say whose it is.
    let strict = idle || library || !writable(facts, &identity.kind);
    Some(candidate(cx, model, resource, what, strict, identity.environment.clone(), weight, related))
}

fn from_credential<'a>(
    cx: &Context<'_>,
    model: &'a Model,
    credential: &Credential,
    library: bool,
) -> Option<Candidate<'a>> {
    let resource = model.resource(credential.resource);
    let mut strict = unknown_defaults(resource, library);
    let what = match &credential.subject {
        // Somebody may own whatever it belongs to.
        Subject::Unknown => return None,
        Subject::Resource(id) if model.resource(*id).mode != ResourceMode::Managed => return None,
        Subject::Resource(id) => {
            // A token's password is that token: one of them is enough.
            strict |= model.credential_of(*id).is_some_and(|of| of.owner == Ownership::Missing && counts(of));
            format!("a standing credential of `{}`", model.resource(*id).address)
        }
        Subject::External(text) => format!("a standing credential of `{text}`"),
        Subject::Identity(_) | Subject::None => "a standing credential".to_string(),
    };
    Some(candidate(cx, model, resource, what, strict, credential.environment.clone(), 1_000, Vec::new()))
}

#[allow(clippy::too_many_arguments, reason = "a constructor that both kinds of candidate share")]
fn candidate<'a>(
    cx: &Context<'_>,
    model: &'a Model,
    resource: &'a Resource,
    what: String,
    strict: bool,
    environment: Option<Environment>,
    weight: u32,
    related: Vec<(Span, String)>,
) -> Candidate<'a> {
    let strict = strict || is_sample(cx, model, resource.header());
    Candidate {
        model,
        resource,
        block: block_address(&resource.address),
        dir: directory(cx, resource.header()),
        what,
        persona: if strict { Persona::Strict } else { Persona::Regular },
        weight: weight + 10 * u32::from(environment == Some(Environment::Production)),
        environment,
        related,
    }
}

/// Whether the type has a place for an owner, or CODEOWNERS could name one.
fn writable(facts: &TypeFacts, kind: &str) -> bool {
    !facts.owner.is_empty() || !facts.purpose.is_empty() || facts::tag_attribute(kind).is_some()
}

/// A module without its callers gets its providers from them, and with those tags that are not known here.
fn unknown_defaults(resource: &Resource, library: bool) -> bool {
    let defaults = matches!(facts::provider(&resource.kind), "aws" | "google");
    library && resource.provider.is_none() && defaults && facts::tag_attribute(&resource.kind).is_some()
}

fn noun(kind: &str) -> &'static str {
    match kind {
        "aws_iam_role" => "a role",
        "aws_iam_user" => "a user",
        "azuread_application" | "azuread_application_registration" | "okta_app_oauth" => "an application",
        "azuread_service_principal" => "a service principal",
        "azurerm_user_assigned_identity" => "a managed identity",
        _ if kind.contains("service_account") => "a service account",
        _ if kind.contains("user") => "a user",
        _ if kind.contains("role") => "a role",
        _ => "an identity",
    }
}

/// `a role with 2 grants and 1 workload`.
fn describe(noun: &str, parts: &[(usize, &str)]) -> String {
    let parts: Vec<_> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| counted(*count, noun)).collect();
    match parts.as_slice() {
        [] => format!("{noun} that holds nothing"),
        [one] => format!("{noun} with {one}"),
        [start @ .., last] => format!("{noun} with {} and {last}", start.join(", ")),
    }
}

/// How much a grant says by its name alone: 2 for administration, 1 for anything else.
fn power(grant: &Grant) -> u32 {
    let wide = match &grant.policy {
        Policy::AwsManaged(summary) => summary.verdict <= ManagedVerdict::Escalates,
        Policy::Google { role: GoogleRole::Named(role), .. } => {
            matches!(role.as_str(), "roles/owner" | "roles/editor")
        }
        Policy::Azure { role: AzureRole::Named(role), .. } => role == "Owner",
        _ => false,
    };
    1 + u32::from(wide)
}

/// The owner that CODEOWNERS has for all of them, although not by evidence that is enough.
pub(super) fn named_by_codeowners(cx: &Context<'_>, group: &[Candidate<'_>]) -> Option<CodeOwner> {
    let codeowners = cx.shared.codeowners?;
    let mut agreed: Option<CodeOwner> = None;
    let mut seen = HashSet::new();
    for candidate in group {
        let file = cx.shared.sources.find(candidate.resource.header().file)?;
        if !seen.insert(file.id) {
            continue;
        }
        // Of several owners none is named for this.
        let [owner]: [CodeOwner; 1] = codeowners.owners_of_file(&file.absolute).try_into().ok()?;
        match &agreed {
            Some(known) if known.name != owner.name => return None,
            Some(_) => {}
            None => agreed = Some(owner),
        }
    }
    agreed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::aws::managed;

    #[test]
    fn what_an_identity_has_reads_well() {
        assert_eq!(describe("a role", &[(0, "grant")]), "a role that holds nothing");
        assert_eq!(
            describe("a role", &[(1, "grant"), (2, "workload")]),
            "a role with 1 grant and 2 workloads"
        );
        assert!(
            managed("AdministratorAccess")
                .is_some_and(|summary| summary.verdict <= ManagedVerdict::Escalates)
        );
    }
}
