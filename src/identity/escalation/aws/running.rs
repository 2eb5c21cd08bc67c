//! Taking over what runs already: its role comes with it.

use super::methods::Method;
use super::shapes::Running;
use super::{Builder, Part, Seeker, somewhere, targets};
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
    let action = answers[0].0;
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
                if seeker.holding.is_restrained(action) {
                    each(builder, seeker, name, action, verb, index.all.iter().collect(), &answers);
                    continue;
                }
                let account = &seeker.holding.account;
                let members = || {
                    let inside = index.all.iter().filter(|found| found.entity.account.is_same(account));
                    inside.filter_map(|found| Some((found.leads_to.clone()?, true, None))).collect()
                };
                let class = format!("what {any} runs as{}", account.label());
                let node = builder.class(class, members);
                builder.escalate(seeker, node, name, Part::new(text, answers).unscoped());
            }
            None => {
                let Some(index) = index else { continue };
                each(builder, seeker, name, action, verb, index.named(seeker.holding, action), &answers);
            }
        }
    }
}

fn each<'s>(
    builder: &mut Builder<'_>,
    seeker: &Seeker<'_, 's>,
    name: &'static str,
    action: &'s str,
    verb: &'static str,
    found: Vec<&super::index::Found>,
    others: &[(&'s str, Answer<'s>)],
) {
    for (found, answer) in targets(found, seeker, action, None) {
        let Some(holder) = &found.leads_to else { continue };
        let text = format!("{verb} `{}`, which runs as {}", found.address, holder.describe(builder.model));
        let node = builder.network.node(Node::Holder(holder.clone()));
        builder.escalate(seeker, node, name, Part::new(text, with(action, answer, others)));
    }
}

fn with<'s>(
    action: &'s str,
    answer: Answer<'s>,
    others: &[(&'s str, Answer<'s>)],
) -> Vec<(&'s str, Answer<'s>)> {
    std::iter::once((action, answer)).chain(others.iter().skip(1).cloned()).collect()
}
