//! From one plane to another: a pod becomes a role of a cloud, a pipeline a service account, a Vault role an
//! administrator of AWS.

use super::network::{Evidence, Network, Node, Plain, Step, StepKind};
use crate::eval::value::ResourceId;
use crate::iam::Tri;
use crate::identity::facts::provider;
use crate::identity::model::{Identity, Model, Policy, Subject};
use crate::identity::privilege::{Holder, privileges};
use crate::identity::trust::{Party, Trust, Via, Width, trusts};
use crate::source::Span;

/// A way in from another plane.
#[derive(Clone, Debug)]
pub struct Entry<'m> {
    pub from: Node,
    pub target: Holder,
    pub party: &'m Party,
    pub via: Via,
    pub certainty: Tri,
    /// What was looked at and does not prevent it.
    pub limits: &'m [String],
    pub resource: ResourceId,
    pub span: Span,
}

/// All ways in from other planes: trusts of identities, and logins to roles of Vault.
pub fn entries(model: &Model) -> Vec<Entry<'_>> {
    let trusts = trusts(model);
    let by_trust = trusts.iter().filter_map(|trust| {
        let target = plane(&model.identity(trust.target).kind);
        Some(Entry {
            from: stranger(model, trust, target)?,
            target: Holder::identity(trust.target),
            party: &trust.party,
            via: trust.via,
            certainty: trust.certainty,
            limits: &trust.limits,
            resource: trust.resource,
            span: trust.span,
        })
    });
    let by_login = trusts.logins.iter().filter_map(|login| {
        let own = model.identity_of(login.role).map(|it| Subject::Identity(it.id));
        Some(Entry {
            from: outside(model, &login.party, "vault")?,
            target: Holder::of(own.unwrap_or(Subject::Resource(login.role))),
            party: &login.party,
            via: Via::Vault,
            certainty: Tri::Yes,
            limits: &[],
            resource: login.role,
            span: model.resource(login.role).header(),
        })
    });
    by_trust.chain(by_login).collect()
}

pub(super) fn steps(model: &Model, network: &mut Network) {
    for entry in entries(model) {
        let text = format!("becomes {}", entry.target.describe(model));
        let from = network.node(entry.from);
        let to = network.node(Node::Holder(entry.target));
        let mut step = becomes(text, entry.span);
        step.certain = entry.certainty.is_yes();
        step.caveats = entry.limits.to_vec();
        network.step(from, to, step);
    }
    engines(model, network);
}

/// Whoever may read from a secrets engine becomes what it hands out.
/// Source: HashiCorp Vault documentation, "AWS secrets engine (API)".
fn engines(model: &Model, network: &mut Network) {
    let roles = model.identities.iter().filter(|it| it.kind == "vault_aws_secret_backend_role");
    let roles: Vec<(&Identity, String)> = roles
        .map(|role| {
            let body = &model.resource(role.resource).body;
            let backend = body.value("backend");
            let mount = backend.map_or(Some("aws".to_string()), |value| {
                let refs = value.deep_refs();
                let path = || refs.iter().find_map(|it| model.resource(it.resource).body.text("path"));
                value.as_str().or_else(path).map(str::to_string)
            });
            (role, mount.unwrap_or_else(|| "aws".to_string()))
        })
        .collect();
    if roles.is_empty() {
        return;
    }
    for (holder, privilege) in privileges(model).iter() {
        for grant in privilege.grants.iter().map(|index| &model.grants[*index]) {
            let Policy::Vault(paths) = &grant.policy else { continue };
            for (role, mount) in &roles {
                let Some(name) = role.name.as_deref() else { continue };
                let reads = |kind: &str| {
                    let path = format!("{mount}/{kind}/{name}");
                    let may = |it: &crate::iam::vault::Grant| it.can("read") || it.can("update");
                    paths.iter().any(|it| may(it) && it.path.matches(&path).is_yes())
                };
                if reads("creds") || reads("sts") {
                    let from = network.node(Node::Holder(holder.clone()));
                    let target = Holder::identity(role.id);
                    let text = format!("is handed {}", target.describe(model));
                    let to = network.node(Node::Holder(target));
                    network.step(from, to, becomes(text, grant.span));
                }
            }
        }
    }
}

fn becomes(text: String, span: Span) -> Step {
    let evidence = Evidence { span, text: String::new(), root: None, grant: None };
    Step {
        kind: StepKind::Becomes,
        method: "",
        text,
        evidence: vec![evidence],
        certain: true,
        unscoped: false,
        plain: Plain::No,
        caveats: Vec::new(),
    }
}

/// Whoever a trust lets in from another plane.
fn stranger(model: &Model, trust: &Trust, target: &str) -> Option<Node> {
    // Identity tokens are not the account's rights, and running a workload takes more than this.
    let falls_short = ["only with identity tokens", "only by running a workload as it"];
    let is_short = trust.limits.iter().any(|it| falls_short.contains(&it.as_str()));
    if trust.certainty.is_no() || is_short {
        return None;
    }
    outside(model, &trust.party, target)
}

fn outside(model: &Model, party: &Party, target: &str) -> Option<Node> {
    match party {
        Party::Subject(subject) => {
            let kind = match subject {
                Subject::Identity(id) => model.identity(*id).kind.as_str(),
                Subject::Resource(id) => &model.resource(*id).kind,
                _ => return None,
            };
            (plane(kind) != target).then(|| Node::Holder(Holder::of(subject.clone())))
        }
        Party::Federated(it) if it.width == Some(Width::Nobody) => None,
        Party::Federated(it) => Some(match it.service_account {
            Some(id) => Node::Holder(Holder::identity(id)),
            None => Node::Outsider(it.described.clone()),
        }),
        _ => None,
    }
}

/// Entra and Azure are one.
fn plane(kind: &str) -> &str {
    match provider(kind) {
        "azuread" => "azurerm",
        other => other,
    }
}
