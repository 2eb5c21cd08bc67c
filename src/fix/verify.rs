//! Whether fixes did what they promise.

use super::choose::Choice;
use super::trial::Verdict;
use crate::analysis::Analysis;
use crate::diagnostic::{Finding, Persona, Site, Status};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Whether the findings are gone, nothing broke and nothing appeared. Where something did of which it is not known
/// which fix brought it, those in its file are suspects, or all where none is: the cause may be in another file.
pub(super) fn verify(before: &Analysis, after: &Analysis, chosen: &[Choice]) -> Verdict<()> {
    let mut wrong = BTreeMap::new();
    let mut suspected = None;
    for (at, why) in still_there(before, after, chosen) {
        match why {
            Stays::Certain => drop(wrong.insert(at, STILL_THERE.to_owned())),
            Stays::OneOf(several) => {
                suspected.get_or_insert(Verdict::Suspects(several, STILL_THERE.to_owned()));
            }
        }
    }
    let mut suspect = |path: &str, why: String| {
        let touching: Vec<usize> = (0..chosen.len()).filter(|at| chosen[*at].touches(before, path)).collect();
        let suspects = if touching.is_empty() { (0..chosen.len()).collect() } else { touching };
        suspected.get_or_insert(Verdict::Suspects(suspects, why));
    };
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
            // What is left of a finding of which the worse half is mended was there before.
            let is_rest = || {
                chosen.iter().any(|choice| {
                    let same = choice.applied.rule == finding.rule && choice.applied.address == site.address;
                    same && finding.severity < choice.severity
                })
            };
            !is_known(site) && !was_part && !is_instance() && !is_rest()
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

const STILL_THERE: &str = "the finding is still there afterwards";

/// Whose finding did not go.
enum Stays {
    Certain,
    /// Of several that have the same name, some did.
    OneOf(Vec<usize>),
}

/// Fixes whose findings are not fewer afterwards. Several in one document can have the same name, of which not all are
/// chosen.
fn still_there(before: &Analysis, after: &Analysis, chosen: &[Choice]) -> Vec<(usize, Stays)> {
    let was = personas(before, &|_| Vec::new());
    let is = personas(after, &|address| after.moves.former(address));
    let mut of_print: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, choice) in chosen.iter().enumerate() {
        let prints: BTreeSet<&str> = choice.fingerprints.iter().map(String::as_str).collect();
        prints.into_iter().for_each(|print| of_print.entry(print).or_default().push(at));
    }
    let mut found = Vec::new();
    for (print, choices) in of_print {
        let then = was.get(print).map_or(&[][..], Vec::as_slice);
        // What only a stricter reader still sees is another matter.
        let limit = then.iter().max();
        let left =
            is.get(print).into_iter().flatten().filter(|now| limit.is_none_or(|limit| *now <= limit)).count();
        match choices.as_slice() {
            _ if left + choices.len() <= then.len() => {}
            [at] => found.push((*at, Stays::Certain)),
            several if left >= then.len() => found.extend(several.iter().map(|at| (*at, Stays::Certain))),
            several => found.extend(several.first().map(|at| (*at, Stays::OneOf(several.to_vec())))),
        }
    }
    found
}

/// Whom the findings of each name are for, also under the names that they had before.
fn personas(analysis: &Analysis, former: &dyn Fn(&str) -> Vec<String>) -> HashMap<String, Vec<Persona>> {
    let mut found: HashMap<String, Vec<Persona>> = HashMap::new();
    for finding in open_findings(analysis) {
        let prints: BTreeSet<String> = finding
            .sites
            .iter()
            .flat_map(|site| {
                let former = former(&site.address).into_iter();
                let former = former.map(|address| site.fingerprint_at(finding.rule, &address));
                former.chain([site.fingerprint.clone()]).collect::<Vec<_>>()
            })
            .collect();
        prints.into_iter().for_each(|print| found.entry(print).or_default().push(finding.persona));
    }
    found
}

fn syntax_errors(analysis: &Analysis) -> HashMap<&str, usize> {
    let files = analysis.sources.iter().zip(&analysis.parsed);
    files.map(|(file, parsed)| (file.path.as_str(), parsed.errors.len())).collect()
}
