//! Which identity provider a `Federated` principal of AWS is.

use super::Issuer;
use super::names::{hints, sources, text};
use crate::eval::value::Value;
use crate::eval::{Resource, decode_json};
use crate::iam::aws::{Condition, Principal, Statement};
use crate::identity::model::Model;
use crate::identity::policy::Tag;
use crate::source::Span;
use std::collections::HashMap;

/// The values of a document by where they are written: an element of a policy keeps only the place.
#[derive(Debug, Default)]
pub struct Written {
    values: HashMap<Span, Value>,
}

impl Written {
    pub fn of(document: &Value) -> Written {
        let mut values = HashMap::new();
        if let Some(decoded) = decode_json(document) {
            decoded.walk(&mut |part| {
                if let Some(span) =
                    part.meta.span.filter(|_| part.entries().is_none() && part.items().is_none())
                {
                    values.entry(span).or_insert_with(|| part.clone());
                }
            });
        }
        Written { values }
    }

    pub fn at(&self, tag: Tag) -> Option<&Value> {
        self.values.get(&tag.span?)
    }
}

/// An identity provider, as far as it is known.
#[derive(Clone, Debug)]
pub struct Provider {
    pub issuer: Issuer,
    /// Its address, or its ARN as written.
    pub address: String,
    /// The issuer is told by its address, and not by a name or by the form of the subjects.
    pub certain: bool,
}

/// Finds the provider that a principal names.
pub fn provider(
    model: &Model,
    statement: &Statement<Tag>,
    principal: &Principal<Tag>,
    written: &Written,
) -> Provider {
    let address = principal.element.pattern.to_string();
    let known = |issuer, address: String| Provider { issuer, address, certain: true };
    let issuer = Issuer::of(&address);
    if issuer != Issuer::Other {
        return known(issuer, address);
    }
    let value = written.at(principal.element.at);
    let declared = principal.element.at.of.map(|id| model.resource(id));
    let all = declared.into_iter().chain(value.into_iter().flat_map(|value| sources(model, value)));
    for resource in all {
        if let Some(found) = declared_provider(model, resource) {
            return found;
        }
    }
    // Without a hole it is the address of somebody else.
    if !address.contains('…') {
        return known(Issuer::Other, address);
    }
    let by_key = statement.conditions.iter().map(|condition| Issuer::of(host_of_key(condition)));
    if let Some(issuer) = by_key.into_iter().find(|issuer| *issuer != Issuer::Other) {
        let host = statement.conditions.iter().map(host_of_key).find(|host| Issuer::of(host) == issuer);
        return known(issuer, host.unwrap_or_default().to_string());
    }
    let subjects = statement.conditions.iter().flat_map(|condition| &condition.values);
    let by_subject = subjects.filter_map(|value| Issuer::of_subject(&value.pattern.to_string())).next();
    let by_name = || value.and_then(|value| named(model, value));
    let issuer = by_subject.or_else(by_name).unwrap_or(Issuer::Other);
    Provider { issuer, address, certain: by_subject.is_some() }
}

/// What the names that a value came through say, and the sources of modules that are not here.
fn named(model: &Model, value: &Value) -> Option<Issuer> {
    let names = hints(value);
    names.iter().find_map(|name| by_hint(name)).or_else(|| {
        let calls = model.project.modules.iter().flat_map(|module| &module.calls);
        let mut unread = calls.filter(|call| !call.resolved);
        unread.find_map(|call| {
            let name = call.address.rsplit("module.").next()?;
            names.iter().any(|known| known == name).then(|| by_hint(call.source.as_deref()?)).flatten()
        })
    })
}

/// `token.actions.githubusercontent.com` of `token.actions.githubusercontent.com:sub`.
fn host_of_key(condition: &Condition<Tag>) -> &str {
    condition.key.rsplit_once(':').map_or("", |(host, _)| host)
}

/// The issuer of a resource that is a provider, or a cluster that has one.
fn declared_provider(model: &Model, resource: &Resource) -> Option<Provider> {
    let certain = true;
    match &*resource.kind {
        "aws_iam_openid_connect_provider" => {
            let named = ["url", "arn"].iter().filter_map(|name| resource.body.value(name));
            let mut address = "…".to_string();
            for value in named {
                address = text(value);
                let issuer = match sources(model, value).iter().any(|source| is_cluster(&source.kind)) {
                    true => Issuer::Kubernetes,
                    false => Issuer::of(&address),
                };
                if issuer != Issuer::Other {
                    return Some(Provider { issuer, address, certain });
                }
                if let Some(issuer) = hints(value).iter().find_map(|name| by_hint(name)) {
                    return Some(Provider { issuer, address, certain: false });
                }
            }
            match by_hint(&resource.name).filter(|_| address.contains('…')) {
                Some(issuer) => Some(Provider { issuer, address, certain: false }),
                None => Some(Provider { issuer: Issuer::Other, address, certain }),
            }
        }
        "aws_iam_saml_provider" => {
            Some(Provider { issuer: Issuer::Saml, address: resource.address.clone(), certain })
        }
        kind if is_cluster(kind) => {
            Some(Provider { issuer: Issuer::Kubernetes, address: resource.address.clone(), certain })
        }
        _ => None,
    }
}

fn is_cluster(kind: &str) -> bool {
    matches!(kind, "aws_eks_cluster" | "google_container_cluster" | "azurerm_kubernetes_cluster")
}

/// What a name says of a provider that is not here.
fn by_hint(name: &str) -> Option<Issuer> {
    let name = name.to_ascii_lowercase();
    let words = [
        ("github", Issuer::GitHub),
        ("gitlab", Issuer::GitLab),
        ("bitbucket", Issuer::Bitbucket),
        ("circleci", Issuer::CircleCi),
        ("buildkite", Issuer::Buildkite),
        ("terraform_cloud", Issuer::TerraformCloud),
        ("tfc", Issuer::TerraformCloud),
        ("eks", Issuer::Kubernetes),
        ("irsa", Issuer::Kubernetes),
        ("cluster", Issuer::Kubernetes),
        ("saml", Issuer::Saml),
    ];
    words.iter().find(|(word, _)| name.contains(word)).map(|(_, issuer)| *issuer)
}
