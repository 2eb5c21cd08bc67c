//! Azure: federated credentials of managed identities and applications.
//! Sources: Microsoft Entra documentation, "Overview of federated identity credentials", "Flexible federated
//! identity credentials".

use super::google::literal;
use super::kubernetes::service_account;
use super::names::{Names, hints, sources, text};
use super::{Federation, Issuer, Party, Trust, Via, Width, read_subject};
use crate::eval::value::Value;
use crate::eval::{Attr, Resource, ResourceMode};
use crate::iam::{Pattern, Tri};
use crate::identity::model::Model;
use crate::identity::policy::pattern;

/// A federated credential, as far as it is known.
#[derive(Clone, Debug)]
pub struct FederatedCredential<'m> {
    pub resource: &'m Resource,
    pub issuer: Issuer,
    pub address: String,
    /// The attribute that says whose token is taken.
    pub attribute: &'static str,
    pub attr: &'m Attr,
    /// Wildcards are wildcards, as they are in flexible ones only.
    pub flexible: bool,
    pub subjects: Vec<Pattern>,
}

/// Reads a federated credential.
pub fn federated_credential<'m>(model: &Model, resource: &'m Resource) -> Option<FederatedCredential<'m>> {
    let (attribute, flexible) = match &*resource.kind {
        "azurerm_federated_identity_credential" | "azuread_application_federated_identity_credential" => {
            ("subject", false)
        }
        "azuread_application_flexible_federated_identity_credential" => ("claims_matching_expression", true),
        _ => return None,
    };
    let attr = resource.body.attr(attribute).filter(|_| resource.mode == ResourceMode::Managed)?;
    let subjects = match flexible {
        true => vec![matched(&text(&attr.value))],
        false => vec![pattern(&attr.value, crate::iam::Syntax::Literal)],
    };
    let issuer_value = resource.body.value("issuer");
    let address = issuer_value.map_or("…".to_string(), text);
    let by_source = issuer_value
        .is_some_and(|value| sources(model, value).iter().any(|source| source.kind.ends_with("_cluster")));
    let issuer = match Issuer::of(&address) {
        _ if by_source => Issuer::Kubernetes,
        Issuer::Other if address.contains('…') => {
            let by_subject = subjects.iter().find_map(|subject| Issuer::of_subject(&subject.to_string()));
            let named = issuer_value.map(hints).unwrap_or_default();
            let by_name = named.iter().any(|name| name.contains("github")).then_some(Issuer::GitHub);
            by_subject.or(by_name).unwrap_or(Issuer::Other)
        }
        issuer => issuer,
    };
    Some(FederatedCredential { resource, issuer, address, attribute, attr, flexible, subjects })
}

/// The pattern in `claims['sub'] matches 'repo:acme/*'`; with other claims beside it, one that is not known.
fn matched(expression: &str) -> Pattern {
    let Some((_, rest)) = expression.split_once("claims['sub']") else { return Pattern::unknown() };
    let rest = rest.trim_start();
    let wild = rest.starts_with("matches");
    let Some(quoted) = rest.split('\'').nth(1) else { return Pattern::unknown() };
    if expression.contains(" or ") || !(wild || rest.starts_with("eq")) {
        return Pattern::unknown();
    }
    if !wild {
        return literal(quoted);
    }
    let mut parts = quoted.split('…');
    let first = Pattern::builder(crate::iam::Syntax::Glob).text(parts.next().unwrap_or_default());
    parts.fold(first, |builder, part| builder.hole().text(part)).build()
}

pub(super) fn collect(model: &Model, names: &Names, all: &mut Vec<Trust>) {
    for resource in &model.project.resources {
        let Some(credential) = federated_credential(model, resource) else { continue };
        let targets = ["parent_id", "user_assigned_identity_id", "application_id", "application_object_id"];
        let mut values = targets.iter().filter_map(|name| resource.body.value(name));
        let Some(target) = values.find_map(|value| meant(model, names, value)) else { continue };
        let readings = credential.subjects.iter().map(|subject| read_subject(credential.issuer, subject));
        let Some(reading) = readings.max_by_key(|reading| reading.width) else { continue };
        if reading.width == Some(Width::Nobody) {
            continue;
        }
        let federation = Federation {
            issuer: credential.issuer,
            name: literal(&credential.address),
            service_account: service_account(model, names, target, &credential.subjects),
            subjects: credential.subjects,
            described: reading.described,
            width: reading.width,
        };
        all.push(Trust {
            target,
            certainty: if reading.width.is_some() { Tri::Yes } else { Tri::Maybe },
            party: Party::Federated(federation),
            via: Via::FederatedCredential,
            limits: Vec::new(),
            resource: resource.id,
            span: credential.attr.value.meta.span.unwrap_or(credential.attr.expr_span),
            statement: None,
        });
    }
}

fn meant(model: &Model, names: &Names, value: &Value) -> Option<crate::identity::IdentityId> {
    names.meant_by(model, value).or_else(|| {
        let written = text(value);
        let name = written.rsplit('/').next().unwrap_or_default();
        written.to_ascii_lowercase().contains("/userassignedidentities/").then_some(())?;
        names.named("azurerm_user_assigned_identity", name)
    })
}
