//! Taking over what runs already: its role comes with it.

use super::index::Found;
use super::methods::Method;
use super::reach::{Hit, Reach, everything, scoped};
use super::shapes::Running;
use super::{Builder, Member, Part, Seeker, somewhere};
use crate::identity::escalation::{Node, Power};
use crate::identity::permission::{Answer, Ask, Kind as Every, Target};

pub(super) fn run(
    builder: &mut Builder<'_>,
    seeker: &Seeker<'_, '_>,
    name: &'static str,
    method: &'static Method,
    what: &'static [Running],
    verb: &'static str,
    any: &'static str,
) {
    let Some(answers) = somewhere(seeker.holding, &method.all, &method.any, "") else { return };
    // The first action is the one on what runs; the others may be on anything.
    let action: &'static str = answers[0].0;
    for running in what {
        let kind = Every::new(running.service, running.start);
        let every = Ask { action, target: Target::Every(&kind), service: None };
        let index = builder.indices.running.get(&(running.kind, running.attribute));
        match seeker.holding.may(every) {
            Some(answer) => {
                let text = format!("{verb} {any}");
                let answers = with(action, answer, &answers);
                let goal = builder.goal(Power::Data, any);
                builder.escalate(seeker, goal, name, Part::new(text.clone(), answers.clone()).unscoped());
                let Some(index) = index else { continue };
                let reach = Reach { index, action, service: None, what: running.kind, member: &member };
                if let Some(node) = everything(builder, seeker, reach) {
                    builder.escalate(seeker, node, name, Part::new(text, answers).unscoped());
                }
            }
            None => {
                let Some(index) = index else { continue };
                let reach = Reach { index, action, service: None, what: running.kind, member: &member };
                each(builder, seeker, name, verb, reach, &answers);
            }
        }
    }
}

fn member(found: &Found) -> Option<Member> {
    Some((found.leads_to.clone()?, true, None))
}

fn each<'s>(
    builder: &mut Builder<'_>,
    seeker: &Seeker<'_, 's>,
    name: &'static str,
    verb: &'static str,
    reach: Reach<'_>,
    others: &[(&'static str, Answer<'s>)],
) {
    for hit in scoped(builder, seeker, reach) {
        let (node, text, answer) = match hit {
            Hit::One(found, answer) => {
                let Some(holder) = &found.leads_to else { continue };
                let role = holder.describe(builder.model);
                let node = builder.network.node(Node::Holder(holder.clone()));
                (node, format!("{verb} `{}`, which runs as {role}", found.address), answer)
            }
            Hit::Many(node, like, answer) => (node, format!("{verb} whatever is like `{like}`"), answer),
        };
        builder.escalate(seeker, node, name, Part::new(text, with(reach.action, answer, others)));
    }
}

fn with<'s>(
    action: &'static str,
    answer: Answer<'s>,
    others: &[(&'static str, Answer<'s>)],
) -> Vec<(&'static str, Answer<'s>)> {
    std::iter::once((action, answer)).chain(others.iter().skip(1).cloned()).collect()
}
