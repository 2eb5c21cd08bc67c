//! Which declared resources an action reaches. Many that one pattern names are one step, and what is taken away from
//! "all" is left out of it, so that a step for each pair of them is never needed.

use super::index::{Found, Index};
use super::{Builder, Member, Seeker, targets};
use crate::iam::Element;
use crate::iam::aws::Resources;
use crate::identity::escalation::NodeId;
use crate::identity::permission::{Answer, Ask, Target};
use crate::identity::policy::Tag;
use std::collections::HashSet;

/// What is looked for.
#[derive(Clone, Copy)]
pub(super) struct Reach<'r> {
    pub index: &'r Index,
    pub action: &'static str,
    pub service: Option<&'static str>,
    /// "role that trusts lambda.amazonaws.com", which tells classes apart.
    pub what: &'r str,
    /// Who comes with it; none for what is of no use.
    pub member: &'r dyn Fn(&Found) -> Option<Member>,
}

/// What was found.
pub(super) enum Hit<'r, 's> {
    One(&'r Found, Answer<'s>),
    /// All that a pattern names.
    Many(NodeId, String, Answer<'s>),
}

/// More resources than these that one pattern names are taken together.
const MANY: usize = 4;

/// The class of everything of a kind, without what is taken away from the seeker.
pub(super) fn everything(
    builder: &mut Builder<'_>,
    seeker: &Seeker<'_, '_>,
    reach: Reach<'_>,
) -> Option<NodeId> {
    let left_out = left_out(seeker, reach);
    let name = format!("any {}{}", reach.what, suffix(seeker, &left_out));
    let node = builder.class(name, || {
        reach.index.all.iter().filter_map(|it| joins(seeker, reach, &left_out, it)).collect()
    });
    builder.network.steps_from(node).next().is_some().then_some(node)
}

/// What scoped statements reach.
pub(super) fn scoped<'r, 's>(
    builder: &mut Builder<'_>,
    seeker: &Seeker<'_, 's>,
    reach: Reach<'r>,
) -> Vec<Hit<'r, 's>> {
    let mut hits = Vec::new();
    let mut singles: Vec<&Element<Tag>> = Vec::new();
    let mut left: Option<HashSet<&str>> = None;
    for statement in seeker.holding.allowing(reach.action) {
        let Resources::Only(elements) = &statement.resources else { continue };
        for element in elements {
            if element.at.of.is_some()
                || !element.pattern.has_wildcard()
                || element.pattern.variables().next().is_some()
            {
                singles.push(element);
                continue;
            }
            let left_out = left.get_or_insert_with(|| left_out(seeker, reach));
            let name = format!("any {} like {}{}", reach.what, element.pattern, suffix(seeker, left_out));
            // Whoever came first has looked up what the pattern names.
            let is_known = builder.classes.contains_key(&name);
            let found = if is_known { Vec::new() } else { reach.index.naming([element]) };
            if !is_known && found.len() <= MANY {
                singles.push(element);
                continue;
            }
            let ask = Ask { action: reach.action, target: Target::Like(element), service: reach.service };
            let Some(answer) = seeker.holding.may(ask) else { continue };
            let node = builder.class(name, || {
                let inside = found.iter().filter(|it| seeker.holding.covers(element, &it.entity));
                inside.filter_map(|it| joins(seeker, reach, left_out, it)).collect()
            });
            hits.push(Hit::Many(node, element.pattern.to_string(), answer));
        }
    }
    let ones = targets(reach.index.naming(singles), seeker, reach.action, reach.service);
    hits.extend(ones.into_iter().map(|(found, answer)| Hit::One(found, answer)));
    hits
}

fn joins(
    seeker: &Seeker<'_, '_>,
    reach: Reach<'_>,
    left_out: &HashSet<&str>,
    found: &Found,
) -> Option<Member> {
    let inside = found.entity.account.is_same(&seeker.holding.account);
    let kept = inside && !left_out.contains(found.address.as_str());
    if kept { (reach.member)(found) } else { None }
}

/// What is denied although everything is allowed, or may be.
fn left_out<'r>(seeker: &Seeker<'_, '_>, reach: Reach<'r>) -> HashSet<&'r str> {
    let named = reach.index.naming(seeker.holding.exceptions(reach.action));
    let denied = named.into_iter().filter(|found| {
        let target = Target::One(&found.entity);
        let answer = seeker.holding.may(Ask { action: reach.action, target, service: reach.service });
        answer.is_none_or(|answer| !answer.certain)
    });
    denied.map(|found| found.address.as_str()).collect()
}

fn suffix(seeker: &Seeker<'_, '_>, left_out: &HashSet<&str>) -> String {
    let mut names: Vec<&str> = left_out.iter().copied().collect();
    names.sort_unstable();
    let but = if names.is_empty() { String::new() } else { format!(" but {}", names.join(", ")) };
    format!("{}{but}", seeker.holding.account.label())
}
