//! Vault: roles of secrets engines that hand out an identity of a cloud, and who may log in to which role.
//! Sources: HashiCorp Vault documentation, "AWS secrets engine", "Google Cloud secrets engine", "Azure secrets
//! engine", "JWT/OIDC auth method", "Kubernetes auth method".

use super::google::literal;
use super::names::{Names, refers_to, text};
use super::{Federation, Issuer, Login, Party, Trust, Via, read_subject};
use crate::eval::value::Value;
use crate::eval::{BlockValue, Resource, ResourceMode};
use crate::iam::{Pattern, Syntax, Tri};
use crate::identity::model::{IdentityId, Model, Subject};
use std::collections::HashMap;

/// Where the role of a secrets engine names the identity that it hands out.
const ENGINES: [(&str, &str); 6] = [
    ("vault_aws_secret_backend_role", "role_arns"),
    ("vault_aws_secret_backend_static_role", "username"),
    ("vault_gcp_secret_static_account", "service_account_email"),
    ("vault_gcp_secret_impersonated_account", "service_account_email"),
    ("vault_azure_secret_backend_role", "application_object_id"),
    ("vault_azure_secret_backend_role", "application_id"),
];

pub(super) fn collect(model: &Model, names: &Names, all: &mut Vec<Trust>) {
    for resource in managed(model) {
        let attributes = ENGINES.iter().filter(|(kind, _)| *kind == &*resource.kind);
        for attr in attributes.filter_map(|(_, attribute)| resource.body.attr(attribute)) {
            for value in attr.value.as_slice() {
                let Some(target) = target(model, names, value) else { continue };
                let own = match model.identity_of(resource.id) {
                    Some(identity) => Subject::Identity(identity.id),
                    None => Subject::Resource(resource.id),
                };
                all.push(Trust {
                    target,
                    party: Party::Subject(own),
                    via: Via::Vault,
                    certainty: Tri::Yes,
                    limits: Vec::new(),
                    resource: resource.id,
                    span: value.meta.span.unwrap_or(attr.expr_span),
                    statement: None,
                });
            }
        }
    }
}

fn target(model: &Model, names: &Names, value: &Value) -> Option<IdentityId> {
    names.meant_by(model, value).or_else(|| names.named("aws_iam_user", value.as_str()?))
}

fn managed(model: &Model) -> impl Iterator<Item = &Resource> {
    let resources = model.project.resources.iter();
    resources.filter(|it| it.kind.starts_with("vault_") && it.mode == ResourceMode::Managed)
}

/// Who may log in to each role of an auth method.
pub(super) fn logins(model: &Model, names: &Names) -> Vec<Login> {
    let paths = managed(model).filter(|it| it.kind.ends_with("_auth_backend"));
    let paths: HashMap<&str, &Resource> =
        paths.filter_map(|it| Some((it.body.text("path").or(it.body.text("type"))?, it))).collect();
    let mut found = Vec::new();
    for resource in managed(model) {
        let parties = match &*resource.kind {
            "vault_jwt_auth_backend_role" => vec![Party::Federated(jwt(model, &paths, resource))],
            "vault_kubernetes_auth_backend_role" => kubernetes(names, &resource.body),
            "vault_aws_auth_backend_role" => {
                bound(model, names, &resource.body, &["bound_iam_principal_arns", "bound_iam_role_arns"])
            }
            "vault_gcp_auth_backend_role" => bound(model, names, &resource.body, &["bound_service_accounts"]),
            _ => continue,
        };
        found.extend(parties.into_iter().map(|party| Login { role: resource.id, party }));
    }
    found
}

/// The claims that a role asks for, and the issuer of its backend.
fn jwt(model: &Model, paths: &HashMap<&str, &Resource>, resource: &Resource) -> Federation {
    let body = &resource.body;
    let backend = body.value("backend").and_then(|value| backend(model, paths, value));
    let address = backend
        .and_then(|backend| {
            let named = ["bound_issuer", "oidc_discovery_url", "jwks_url"];
            named.iter().find_map(|name| backend.body.value(name))
        })
        .map_or("…".to_string(), text);
    let glob = body.text("bound_claims_type") == Some("glob");
    let mut subjects: Vec<Pattern> =
        body.value("bound_subject").map(|value| vec![literal(&text(value))]).unwrap_or_default();
    let claims = body.value("bound_claims");
    for (name, value) in claims.and_then(Value::entries).into_iter().flatten() {
        if &**name == "sub" {
            let syntax = if glob { Syntax::Glob } else { Syntax::Literal };
            let values = value.as_slice().iter();
            subjects.extend(values.map(|value| crate::identity::policy::pattern(value, syntax)));
        }
    }
    let by_subject = || subjects.iter().find_map(|subject| Issuer::of_subject(&subject.to_string()));
    let issuer = match Issuer::of(&address) {
        Issuer::Other if address.contains('…') => by_subject().unwrap_or(Issuer::Other),
        issuer => issuer,
    };
    let asks = claims.is_some_and(|claims| claims.is_unknown() || !claims.as_slice().is_empty());
    let readings = subjects.iter().map(|subject| read_subject(issuer, subject));
    let widest = readings.max_by_key(|reading| reading.width);
    let (width, described) = match widest {
        Some(reading) => (reading.width, reading.described),
        // Other claims narrow it in ways that the issuer alone knows.
        None if asks => (None, "tokens with certain claims".to_string()),
        None => (Some(issuer.everybody(&address)), "every token of the issuer".to_string()),
    };
    let address = literal(&address);
    Federation { issuer, name: address, subjects, described, width, service_account: None }
}

fn backend<'m>(model: &'m Model, paths: &HashMap<&str, &'m Resource>, value: &Value) -> Option<&'m Resource> {
    let found = super::names::sources(model, value).into_iter().find(|it| it.kind.contains("auth_backend"));
    found.or_else(|| paths.get(value.as_str()?).copied())
}

fn kubernetes(names: &Names, body: &BlockValue) -> Vec<Party> {
    let list = |name: &str| -> Vec<String> {
        body.value(name).map(Value::as_slice).unwrap_or_default().iter().map(text).collect()
    };
    let (accounts, namespaces) =
        (list("bound_service_account_names"), list("bound_service_account_namespaces"));
    let mut found = Vec::new();
    for namespace in &namespaces {
        for account in &accounts {
            let subject = Pattern::parse(&format!("system:serviceaccount:{namespace}:{account}"));
            let reading = read_subject(Issuer::Kubernetes, &subject);
            found.push(Party::Federated(Federation {
                issuer: Issuer::Kubernetes,
                name: Pattern::unknown(),
                subjects: vec![subject],
                described: reading.described,
                width: reading.width,
                service_account: names.account(namespace, account),
            }));
        }
    }
    found
}

fn bound(model: &Model, names: &Names, body: &BlockValue, attributes: &[&str]) -> Vec<Party> {
    let values = attributes.iter().filter_map(|name| body.value(name)).flat_map(Value::as_slice);
    values
        .map(|value| match refers_to(model, value).or_else(|| names.meant_by(model, value)) {
            Some(id) => Party::Subject(Subject::Identity(id)),
            None if value.is_unknown() => Party::Unknown,
            None => match text(value) {
                text if text == "*" => Party::Anyone,
                text => Party::External(text),
            },
        })
        .collect()
}
