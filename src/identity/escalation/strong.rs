//! Whoever is an administrator already, on every plane but AWS, which looks at it action by action.

use super::network::{Evidence, Goal, Network, Node, Power, Step};
use crate::identity::model::{Model, Policy};
use crate::identity::privilege::privileges;

pub(super) fn steps(model: &Model, network: &mut Network) {
    for (holder, privilege) in privileges(model).iter() {
        let mut places: Vec<&str> = Vec::new();
        for cause in &privilege.causes {
            let policy = &model.grants[cause.grant].policy;
            let (noun, is_aws) = match policy {
                Policy::Aws(_) | Policy::AwsManaged(_) => ("", true),
                Policy::Vault(_) => ("Vault", false),
                _ => (cause.place.as_str(), false),
            };
            if is_aws || places.contains(&noun) {
                continue;
            }
            places.push(noun);
            let from = network.node(Node::Holder(holder.clone()));
            let to = network.node(Node::Goal(Goal { power: Power::Admin, place: noun.to_string() }));
            let root = Some(model.resource(model.grants[cause.grant].resource).span());
            let evidence =
                Evidence { span: cause.span, text: cause.text.clone(), root, grant: Some(cause.grant) };
            let step = Step {
                evidence: vec![evidence],
                certain: !cause.unsure && !cause.debatable,
                caveats: cause.blunted.clone(),
                ..Step::is(cause.phrase.clone())
            };
            network.step(from, to, step);
        }
    }
}
