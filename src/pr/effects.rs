//! Who is affected by a change, and what it changes of what they may do.

use super::Group;
use crate::analysis::Analysis;
use crate::diagnostic::Finding;
use crate::fix::Outcome;
use crate::report::card;
use crate::report::inventory::{IdentityRow, Inventory};
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};

/// More are counted and not told one by one.
const MAX_IDENTITIES: usize = 12;

/// What a change does.
#[derive(Debug, Default)]
pub struct Effects {
    pub affected: Vec<Affected>,
    /// Beyond those.
    pub more: usize,
}

/// One identity before and after.
#[derive(Debug)]
pub struct Affected {
    pub address: String,
    pub owner: Option<String>,
    pub workloads: Vec<String>,
    pub credentials: Vec<String>,
    /// Lines that are only true before, and only after.
    pub lost: Vec<String>,
    pub gained: Vec<String>,
    pub fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Stays,
    /// Nothing is left of it: all that it could do is lost.
    Gone,
    /// A credential, say, of which there is nothing to compare.
    Unknown,
}

pub fn effects(before: &Analysis, after: &Outcome, group: &Group) -> Effects {
    let wanted: HashSet<&str> = group.fixable.iter().map(String::as_str).collect();
    let touched: HashSet<&str> = after.applied.iter().map(|fix| fix.address.as_str()).collect();
    let is_touched = |finding: &&Finding| {
        finding
            .sites
            .iter()
            .any(|site| wanted.contains(site.fingerprint.as_str()) && touched.contains(site.address.as_str()))
    };
    let mut addresses: BTreeSet<&str> = BTreeSet::new();
    for finding in before.findings.iter().filter(is_touched) {
        match &finding.identity {
            Some(identity) => {
                addresses.insert(identity);
            }
            None => addresses.extend(finding.sites.iter().map(|site| site.address.as_str())),
        }
    }
    let inventory = Inventory::new(&before.estate, &before.sources);
    let known = |address: &str| inventory.identities.iter().find(|row| row.address == address);
    let rows: Vec<(&str, Option<&IdentityRow>)> =
        addresses.iter().map(|address| (*address, known(address))).collect();
    let more = rows.len().saturating_sub(MAX_IDENTITIES);
    let one =
        |(address, row): (&str, Option<&IdentityRow>)| affected(address, row, before, after.analysis(before));
    Effects { affected: rows.into_iter().take(MAX_IDENTITIES).map(one).collect(), more }
}

fn affected(address: &str, row: Option<&IdentityRow>, before: &Analysis, after: &Analysis) -> Affected {
    let old = row.and_then(|_| permissions(address, before));
    let new = row.and_then(|_| permissions(address, after));
    let fate = match (&old, &new) {
        (Some(_), Some(_)) => Fate::Stays,
        (Some(_), None) => Fate::Gone,
        (None, _) => Fate::Unknown,
    };
    let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
    let only = |these: &[String], those: &[String]| {
        these.iter().filter(|line| !those.contains(line)).cloned().collect()
    };
    let workloads = row.map(|row| row.workloads.iter().map(|it| it.address.clone()).collect());
    Affected {
        address: address.to_owned(),
        owner: row.and_then(|row| row.owner.clone()),
        workloads: workloads.unwrap_or_default(),
        credentials: row.map(|row| row.credentials.clone()).unwrap_or_default(),
        lost: only(&old, &new),
        gained: only(&new, &old),
        fate,
    }
}

/// What an identity may do, a line for each service and level, without the places, which move with any edit.
fn permissions(address: &str, analysis: &Analysis) -> Option<Vec<String>> {
    let card = card::json(address, &analysis.estate, &analysis.sources, &[] as &[Finding])?;
    let card: Value = serde_json::from_str(&card).ok()?;
    let mut lines = BTreeSet::new();
    for identity in card["identities"].as_array()? {
        let may = &identity["may_do"];
        for service in may["services"].as_array().into_iter().flatten() {
            let name = service["service"].as_str().unwrap_or_default();
            let levels = service["levels"].as_array().into_iter().flatten();
            lines.extend(levels.map(|level| format!("{name}: {}", of_level(level))));
        }
        for role in may["roles"].as_array().into_iter().flatten() {
            lines.extend(role["text"].as_str().map(str::to_owned));
        }
        for deny in may["denies"].as_array().into_iter().flatten() {
            lines.extend(deny["text"].as_str().map(|text| format!("denied: {text}")));
        }
        let limits = may["limits"].as_array().into_iter().flatten();
        lines.extend(limits.filter_map(|limit| limit.as_str().map(str::to_owned)));
    }
    Some(lines.into_iter().collect())
}

fn of_level(level: &Value) -> String {
    let count = level["count"].as_u64().unwrap_or_default();
    let examples: Vec<&str> =
        level["examples"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let more = if count > examples.len() as u64 { ", …" } else { "" };
    let conditional = if level["conditional"].as_bool() == Some(true) { " under conditions" } else { "" };
    let name = level["level"].as_str().unwrap_or_default();
    format!("{count} {name}{conditional}: {}{more}", examples.join(", "))
}
