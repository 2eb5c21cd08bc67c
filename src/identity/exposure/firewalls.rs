//! AWS security groups: which let the internet in. Source: Amazon VPC User Guide, "Security group rules".

use super::Label;
use super::index::{Index, at, is_everywhere};
use crate::eval::value::{ResourceId, Value};
use crate::eval::{BlockValue, Resource};
use crate::iam::Tri;
use std::collections::HashMap;

pub(super) const GROUPS: [&str; 2] = ["aws_security_group", "aws_default_security_group"];

/// What a security group does with traffic from anywhere.
#[derive(Clone, Debug)]
pub(super) struct Door {
    pub open: Tri,
    pub because: Option<Label>,
}

pub(super) struct SecurityGroups {
    doors: HashMap<ResourceId, Door>,
}

impl SecurityGroups {
    pub fn new(index: &Index<'_>) -> Self {
        let mut groups = SecurityGroups { doors: HashMap::new() };
        for group in index.all(&GROUPS) {
            let door = groups.doors.entry(group.id).or_insert(Door { open: Tri::No, because: None });
            for ingress in group.body.blocks("ingress") {
                door.widen(rule(group, &ingress, &["cidr_blocks", "ipv6_cidr_blocks"]));
            }
            if group.body.value("ingress").is_some_and(Value::is_unknown) {
                door.widen((Tri::Maybe, None));
            }
        }
        let rules = ["aws_security_group_rule", "aws_vpc_security_group_ingress_rule"];
        for resource in index.all(&rules) {
            let body = &resource.body;
            if &*resource.kind == rules[0] && body.text("type") == Some("egress") {
                continue;
            }
            let Some(group) = index.target(body, "security_group_id", &GROUPS) else { continue };
            let sources = ["cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6"];
            if let Some(door) = groups.doors.get_mut(&group.id) {
                door.widen(rule(resource, body, &sources));
            }
        }
        groups
    }

    /// What several groups come to together: any of them may let traffic in. A value without groups of this
    /// code may have others.
    pub fn of(&self, index: &Index<'_>, value: &Value) -> Door {
        let mut total = Door { open: Tri::No, because: None };
        let found = index.targets(value, &GROUPS);
        for group in &found {
            if let Some(door) = self.doors.get(&group.id) {
                total.widen((door.open, door.because.clone()));
            }
        }
        let named = value.as_slice().len();
        if found.len() < named || value.is_unknown() {
            total.widen((Tri::Maybe, None));
        }
        total
    }
}

impl Door {
    pub fn widen(&mut self, (open, because): (Tri, Option<Label>)) {
        if open > self.open {
            self.open = open;
            self.because = because;
        }
    }
}

fn rule(resource: &Resource, body: &BlockValue, sources: &[&str]) -> (Tri, Option<Label>) {
    // Ping reaches no software.
    if body.text("protocol").or(body.text("ip_protocol")).is_some_and(|text| text.starts_with("icmp")) {
        return (Tri::No, None);
    }
    let mut unknown = false;
    for name in sources {
        let Some(value) = body.value(name) else { continue };
        let everywhere = value.as_slice().iter().find(|item| item.as_str().is_some_and(is_everywhere));
        if let Some(item) = everywhere {
            let span = item.meta.span.unwrap_or_else(|| at(resource, body, name));
            return (Tri::Yes, Some((span, format!("lets the internet in{}", ports(body)))));
        }
        unknown |= !value.is_wholly_known();
    }
    (if unknown || body.any { Tri::Maybe } else { Tri::No }, None)
}

/// ` on port 443`, ` on ports 0 to 65535`, or nothing.
fn ports(body: &BlockValue) -> String {
    let port = |name: &str| body.value(name).and_then(Value::as_i64);
    let all =
        body.text("protocol").or(body.text("ip_protocol")).is_some_and(|text| matches!(text, "-1" | "all"));
    match (port("from_port"), port("to_port")) {
        _ if all => " on every port".to_string(),
        (Some(from), Some(to)) if from == to => format!(" on port {from}"),
        (Some(from), Some(to)) => format!(" on ports {from} to {to}"),
        _ => String::new(),
    }
}
