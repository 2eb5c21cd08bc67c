//! AWS load balancers: which face the internet, and the target groups behind them. Source: Elastic Load
//! Balancing User Guides, "Listeners", "Authenticate users"; Terraform Registry pages of the types.

use super::Label;
use super::firewalls::SecurityGroups;
use super::index::{Index, at, is};
use crate::eval::value::ResourceId;
use crate::eval::{BlockValue, Resource};
use crate::iam::Tri;
use std::collections::HashMap;

pub(super) const BALANCERS: [&str; 2] = ["aws_lb", "aws_alb"];
pub(super) const TARGET_GROUPS: [&str; 2] = ["aws_lb_target_group", "aws_alb_target_group"];

/// A load balancer as the internet sees it.
#[derive(Clone, Debug)]
pub(super) struct Front<'m> {
    pub balancer: &'m Resource,
    pub open: Tri,
    pub because: Vec<Label>,
}

/// The fronts of each target group and each classic load balancer.
pub(super) struct Fronts<'m> {
    behind: HashMap<ResourceId, Vec<Front<'m>>>,
}

impl<'m> Fronts<'m> {
    pub fn new(index: &Index<'m>, groups: &SecurityGroups) -> Self {
        let mut fronts = Fronts { behind: HashMap::new() };
        for balancer in index.all(&BALANCERS) {
            let Some(front) = front(index, groups, balancer) else { continue };
            for listener in
                index.users(balancer.id, &["aws_lb_listener", "aws_alb_listener"], "load_balancer_arn")
            {
                fronts.listener(index, &front, listener);
            }
        }
        for balancer in index.all(&["aws_elb"]) {
            if let Some(front) = front(index, groups, balancer) {
                fronts.behind.entry(balancer.id).or_default().push(front);
            }
        }
        fronts
    }

    /// How the internet gets to a target group or classic load balancer.
    pub fn of(&self, target: ResourceId) -> &[Front<'m>] {
        self.behind.get(&target).map_or(&[], Vec::as_slice)
    }

    fn listener(&mut self, index: &Index<'m>, front: &Front<'m>, listener: &Resource) {
        self.forward(index, front, listener, &listener.body.blocks("default_action"));
        let rules = ["aws_lb_listener_rule", "aws_alb_listener_rule"];
        for rule in index.users(listener.id, &rules, "listener_arn") {
            let conditions = rule.body.blocks("condition");
            if !conditions.iter().any(|condition| condition.has_block("source_ip")) {
                self.forward(index, front, rule, &rule.body.blocks("action"));
            }
        }
    }

    fn forward(&mut self, index: &Index<'m>, front: &Front<'m>, by: &Resource, actions: &[BlockValue]) {
        // Whoever is not signed in does not get any further.
        let signed_in = |action: &BlockValue| {
            action
                .text("type")
                .is_some_and(|kind| kind.starts_with("authenticate-") || kind == "jwt-validation")
        };
        if actions.iter().any(signed_in) {
            return;
        }
        for action in actions {
            let mut named: Vec<_> = action.value("target_group_arn").cloned().into_iter().collect();
            named.extend(action.at_path("forward.target_group.arn").into_iter().map(|(_, value)| value));
            for group in named.iter().flat_map(|value| index.targets(value, &TARGET_GROUPS)) {
                let mut front = front.clone();
                front.because.push((by.header(), "forwards to it".to_string()));
                self.behind.entry(group.id).or_default().push(front);
            }
        }
    }
}

/// A load balancer that faces the internet, which it does unless told otherwise.
fn front<'m>(index: &Index<'m>, groups: &SecurityGroups, balancer: &'m Resource) -> Option<Front<'m>> {
    let body = &balancer.body;
    let mut open = !is(body, "internal", false);
    let span = match body.value("internal") {
        Some(_) => at(balancer, body, "internal"),
        None => balancer.header(),
    };
    let mut because = vec![(span, "faces the internet".to_string())];
    // Of a load balancer in front of networks only, security groups are seldom told.
    if let Some(value) = body.value("security_groups")
        && !value.as_slice().is_empty()
    {
        let door = groups.of(index, value);
        open = open.and(door.open);
        because.extend(door.because);
    }
    open.is_possible().then_some(Front { balancer, open, because })
}
