//! Whether fixes did what they promise.

use super::choose::Choice;
use super::trial::Verdict;
use crate::analysis::Analysis;
use crate::diagnostic::{Finding, Persona, Site, Status};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Whether the findings are gone, nothing broke and nothing appeared. Where something did of which it is not known
/// which fix brought it, those in its file are suspects, or all where none is: the cause may be in another file.
pub(super) fn verify(before: &Analysis, after: &Analysis, chosen: &[Choice]) -> Verdict<()> {
    let mut wrong = BTreeMap::new();
    let mut suspected = None;
    let mut suspect = |path: &str, why: String| {
        let touching: Vec<usize> = (0..chosen.len()).filter(|at| chosen[*at].touches(before, path)).collect();
        let suspects = if touching.is_empty() { (0..chosen.len()).collect() } else { touching };
        suspected.get_or_insert(Verdict::Suspects(suspects, why));
    };
    let (was, is) = (personas(before), personas(after));
    // What only a stricter reader still sees is another matter.
    let stays = |print: &str| is.get(print).is_some_and(|now| was.get(print).is_none_or(|then| now <= then));
    for (at, choice) in chosen.iter().enumerate() {
        if choice.fingerprints.iter().any(|print| stays(print)) {
            wrong.insert(at, "the finding is still there afterwards".to_owned());
        }
    }
    let (errors, known) = (syntax_errors(after), syntax_errors(before));
    let broken = errors.iter().filter(|(path, count)| known.get(*path).copied().unwrap_or(0) < **count);
    for (path, _) in broken {
        suspect(path, format!("{path} does not parse afterwards"));
    }
    let known: HashSet<&str> = fingerprints(before).collect();
    let part_of_others: HashSet<(&str, &str)> = open_findings(before)
        .flat_map(|finding| {
            let sites = finding.sites.iter();
            sites.flat_map(|site| finding.merged.iter().map(|rule| (*rule, site.address.as_str())))
        })
        .collect();
    // What only an auditor asks for is no damage, nor is a policy that nobody holds any more.
    for finding in open_findings(after).filter(|it| it.persona < Persona::Auditor && !is_held_by_nobody(it)) {
        let new = finding.sites.iter().find(|site| {
            let was_part = part_of_others.contains(&(finding.rule, site.address.as_str()));
            let is_known = |site: &Site| {
                let former = after.moves.former(&site.address).into_iter();
                known.contains(site.fingerprint.as_str())
                    || former
                        .map(|address| site.fingerprint_at(finding.rule, &address))
                        .any(|print| known.contains(print.as_str()))
            };
            // Another instance of a block that is known is no other problem.
            let is_instance = || finding.sites.iter().any(|other| other.span == site.span && is_known(other));
            !is_known(site) && !was_part && !is_instance()
        });
        let Some(site) = new else { continue };
        let why = format!("{} appears afterwards: {}", finding.rule, finding.message);
        match (0..chosen.len()).find(|at| chosen[*at].applied.address == site.address) {
            Some(at) => {
                wrong.entry(at).or_insert(why);
            }
            None => suspect(&after.sources.get(finding.span().file).path, why),
        }
    }
    match wrong.is_empty() {
        true => suspected.unwrap_or(Verdict::Fine(())),
        false => Verdict::Wrong(wrong),
    }
}

/// About a policy or role that no identity here has.
fn is_held_by_nobody(finding: &Finding) -> bool {
    matches!(finding.category, "privilege" | "escalation") && finding.identity.is_none()
}

fn open_findings(analysis: &Analysis) -> impl Iterator<Item = &Finding> {
    analysis.findings.iter().filter(|finding| finding.status == Status::Open)
}

fn fingerprints(analysis: &Analysis) -> impl Iterator<Item = &str> {
    open_findings(analysis).flat_map(|finding| finding.sites.iter().map(|site| site.fingerprint.as_str()))
}

/// Whom each finding is for.
fn personas(analysis: &Analysis) -> HashMap<&str, Persona> {
    let found = open_findings(analysis);
    found
        .flat_map(|finding| finding.sites.iter().map(|site| (site.fingerprint.as_str(), finding.persona)))
        .collect()
}

fn syntax_errors(analysis: &Analysis) -> HashMap<&str, usize> {
    let files = analysis.sources.iter().zip(&analysis.parsed);
    files.map(|(file, parsed)| (file.path.as_str(), parsed.errors.len())).collect()
}
