//! From one plane to another: a pod becomes a role of a cloud, a pipeline a service account, a Vault role an
//! administrator of AWS.

use super::network::{Evidence, Network, Node, NodeId, Step, StepKind};
use crate::identity::facts::provider;
use crate::identity::model::{Model, Subject};
use crate::identity::privilege::Holder;
use crate::identity::trust::{Party, Trust, trusts};

pub(super) fn steps(model: &Model, network: &mut Network) {
    for trust in trusts(model).iter() {
        let Some(from) = stranger(model, trust) else { continue };
        let from = network.node(from);
        let to = network.node(Node::Holder(Holder::identity(trust.target)));
        let evidence = Evidence { span: trust.span, text: String::new(), root: None, grant: None };
        let step = Step {
            kind: StepKind::Becomes,
            method: "",
            text: format!("becomes `{}`", model.identity(trust.target).address),
            evidence: vec![evidence],
            certain: trust.certainty.is_yes(),
            unscoped: false,
            caveats: trust.limits.clone(),
        };
        network.step(from, to, step);
    }
}

/// Whoever a trust lets in from another plane.
pub fn stranger(model: &Model, trust: &Trust) -> Option<Node> {
    if trust.certainty.is_no() {
        return None;
    }
    let target = plane(&model.identity(trust.target).kind);
    match &trust.party {
        Party::Subject(subject) => {
            let kind = match subject {
                Subject::Identity(id) => model.identity(*id).kind.as_str(),
                Subject::Resource(id) => &model.resource(*id).kind,
                _ => return None,
            };
            (plane(kind) != target).then(|| Node::Holder(Holder::of(subject.clone())))
        }
        Party::Federated(federation) => Some(match federation.service_account {
            Some(id) => Node::Holder(Holder::identity(id)),
            None => Node::Outsider(federation.described.clone()),
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

/// The node of whoever a trust lets in, if the network has it.
pub fn entry(model: &Model, network: &Network, trust: &Trust) -> Option<NodeId> {
    network.find(&stranger(model, trust)?)
}
