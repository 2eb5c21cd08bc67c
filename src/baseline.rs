//! Findings that were there when somebody began to look. They are known by what stays the same when code is
//! reformatted, moved or renamed: rule, address and attribute. No line, no text.

use crate::diagnostic::{Finding, Status};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Name of the file, beside `keyward.toml` or in the scanned directory.
pub const BASELINE_NAME: &str = "keyward-baseline.json";
const SCHEMA: &str = "urn:keyward:baseline-v1";

/// What is known, by fingerprint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    known: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    rule: String,
    address: String,
    /// One attribute can have the same defect more than once.
    count: usize,
}

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{} is not a baseline: {why}", path.display())]
    Invalid { path: PathBuf, why: String },
}

/// How findings compare with a baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    pub known: usize,
    pub new: usize,
    /// Entries whose finding is no longer there.
    pub gone: usize,
}

impl Baseline {
    /// Everything that is open or was known before.
    pub fn of(findings: &[Finding]) -> Self {
        let mut baseline = Baseline::default();
        let counted = findings.iter().filter(|finding| !matches!(finding.status, Status::Waived { .. }));
        for finding in counted {
            for site in &finding.sites {
                let entry = baseline.known.entry(site.fingerprint.clone()).or_insert_with(|| Entry {
                    rule: finding.rule.to_owned(),
                    address: site.address.clone(),
                    count: 0,
                });
                entry.count += 1;
            }
        }
        baseline
    }

    pub fn read(path: &Path) -> Result<Self, BaselineError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| BaselineError::Unreadable { path: path.to_path_buf(), source })?;
        Self::parse(&text).map_err(|why| BaselineError::Invalid { path: path.to_path_buf(), why })
    }

    /// The error says why the text is no baseline.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        match value["schema"].as_str() {
            Some(SCHEMA) => {}
            Some(other) => return Err(format!("its schema is `{other}`, not `{SCHEMA}`")),
            None => return Err("it has no schema".to_owned()),
        }
        let entries = value["findings"].as_array().ok_or("`findings` is not a list")?;
        let mut known = BTreeMap::new();
        for (at, entry) in entries.iter().enumerate() {
            let text = |name: &str| {
                let found = entry[name].as_str().map(str::to_owned);
                found.ok_or_else(|| format!("finding {} has no `{name}`", at + 1))
            };
            let count =
                entry["count"].as_u64().map_or(1, |count| usize::try_from(count).unwrap_or(usize::MAX));
            known.insert(
                text("fingerprint")?,
                Entry { rule: text("rule")?, address: text("address")?, count },
            );
        }
        Ok(Baseline { known })
    }

    /// The file: one entry a line, in an order that keeps changes small.
    pub fn to_text(&self) -> String {
        let mut entries: Vec<_> = self.known.iter().collect();
        entries
            .sort_by(|(left, a), (right, b)| (&a.rule, &a.address, left).cmp(&(&b.rule, &b.address, right)));
        let lines: Vec<String> = entries
            .into_iter()
            .map(|(fingerprint, entry)| {
                let mut line =
                    json!({ "rule": entry.rule, "address": entry.address, "fingerprint": fingerprint });
                if entry.count > 1 {
                    line["count"] = entry.count.into();
                }
                format!("    {line}")
            })
            .collect();
        let list = if lines.is_empty() { String::new() } else { format!("\n{}\n  ", lines.join(",\n")) };
        format!("{{\n  \"schema\": \"{SCHEMA}\",\n  \"findings\": [{list}]\n}}\n")
    }

    pub fn len(&self) -> usize {
        self.known.len()
    }

    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Marks what is known. A finding with new and known places becomes two. `former` says what an address was
    /// called before.
    pub fn apply(&self, findings: &mut Vec<Finding>, former: impl Fn(&str) -> Vec<String>) -> Comparison {
        let mut left: BTreeMap<&str, usize> =
            self.known.iter().map(|(print, entry)| (print.as_str(), entry.count)).collect();
        let mut comparison = Comparison::default();
        let mut kept = Vec::with_capacity(findings.len());
        for mut finding in findings.drain(..) {
            if finding.status != Status::Open {
                kept.push(finding);
                continue;
            }
            let (known, new): (Vec<_>, Vec<_>) =
                std::mem::take(&mut finding.sites).into_iter().partition(|site| {
                    let before = former(&site.address);
                    let before = before.iter().map(|old| site.fingerprint_at(finding.rule, old));
                    take(&mut left, &site.fingerprint)
                        || before.into_iter().any(|print| take(&mut left, &print))
                });
            if !known.is_empty() {
                comparison.known += 1;
                kept.push(Finding { sites: known, status: Status::Baselined, ..finding.clone() });
            }
            if !new.is_empty() {
                comparison.new += 1;
                kept.push(Finding { sites: new, ..finding });
            }
        }
        comparison.gone =
            self.known.iter().filter(|(print, entry)| left.get(print.as_str()) == Some(&entry.count)).count();
        *findings = kept;
        comparison
    }

    /// Without the entries whose finding is gone, and by the names that are in use now.
    #[must_use]
    pub fn pruned(&self, findings: &[Finding], former: impl Fn(&str) -> Vec<String>) -> Self {
        let mut known = findings.to_vec();
        self.apply(&mut known, former);
        known.retain(|finding| finding.status == Status::Baselined);
        Baseline::of(&known)
    }
}

/// Uses up one of those that are known.
fn take(left: &mut BTreeMap<&str, usize>, print: &str) -> bool {
    match left.get_mut(print) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    }
}
