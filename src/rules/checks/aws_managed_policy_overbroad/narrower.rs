use crate::iam::aws::{
    Level as Access, ManagedSummary, ManagedVerdict, catalogue, effective, managed_policies,
};

/// Managed policies for the same service that allow less.
#[derive(Default)]
pub(super) struct Narrower {
    pub writes: Option<&'static str>,
    pub reads: Option<&'static str>,
}

const FULL: [&str; 9] = [
    "FullAccess_v2",
    "FullAccessPolicy_v2",
    "ConsoleFullAccess",
    "FullAccess",
    "Fullaccess",
    "AdminAccess",
    "Administrator",
    "ReadWrite",
    "Admin",
];
const LESS: [&str; 5] = ["ReadOnly", "PowerUser", "PullOnly", "DeveloperAccess", "ClientReadOnly"];

/// Looks among policies of the same name but for its end, whose changes are a part of this one's.
pub(super) fn than(summary: &ManagedSummary) -> Narrower {
    let mut found = Narrower::default();
    let Some(stem) = FULL.iter().find_map(|end| summary.name.strip_suffix(end)) else { return found };
    let stem = stem.trim_end_matches('_');
    let all = managed_policies();
    let from = all.partition_point(|policy| policy.name < stem);
    let same = all[from..].iter().take_while(|policy| policy.name.starts_with(stem));
    let less = same.filter(|policy| {
        let end = policy.name[stem.len()..].trim_start_matches('_');
        policy.verdict > summary.verdict
            && policy.verdict >= ManagedVerdict::Write
            && LESS.iter().any(|word| end.starts_with(word))
    });
    let own = effective([&summary.document()]).certain();
    for policy in less {
        let mut changes = effective([&policy.document()]).certain();
        changes.remove(catalogue().at_level(Access::Read));
        changes.remove(catalogue().at_level(Access::List));
        if !changes.is_subset(&own) {
            continue;
        }
        let slot = if policy.verdict == ManagedVerdict::Write { &mut found.writes } else { &mut found.reads };
        slot.get_or_insert(policy.name);
    }
    found
}
