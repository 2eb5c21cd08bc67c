//! Findings of both revisions: new, worse, fixed, unchanged. A finding is the same when its fingerprint is; what
//! only moved is found again by address, attribute and text. A policy that is cut in two has two findings where it
//! had one with two places: neither of them is new.

use super::matching;
use super::model::{Findings, Found};
use super::portrait::place_of;
use crate::analysis::Analysis;
use crate::diagnostic::{Finding, Severity, Site, Status};
use crate::eval::Moves;
use std::collections::{HashMap, HashSet};

/// A place of a finding.
#[derive(Clone, Copy)]
struct At<'a> {
    finding: &'a Finding,
    index: usize,
    number: usize,
}

impl<'a> At<'a> {
    fn site(&self) -> &'a Site {
        &self.finding.sites[self.index]
    }
}

pub(super) fn compare(base: &Analysis, head: &Analysis, moves: &Moves) -> Findings {
    let (was, is) = (sites(base), sites(head));
    let mut pairing = Pairing::default();
    pairing.meet(&was, &is, |at, _| Some(at.site().fingerprint.clone()));
    let known: HashSet<&str> = was.iter().map(|at| at.site().address.as_str()).collect();
    let address = |at: &At<'_>, is_base: bool| {
        let own = at.site().address.as_str();
        let is_known = is_base || known.contains(own);
        let former = if is_known { Vec::new() } else { matching::former(moves, own) };
        let former = former.iter().map(String::as_str).find(|address| known.contains(address));
        Some(format!("{} {} {}", at.finding.rule, former.unwrap_or(own), at.site().attribute))
    };
    pairing.meet(&was, &is, address);
    pairing.meet(&was, &is, |at, is_base| {
        let analysis = if is_base { base } else { head };
        let text: Vec<&str> = analysis.sources.text(at.site().span).split_whitespace().collect();
        let kind = at.site().address.rsplit('.').nth(1).unwrap_or_default();
        (!text.is_empty()).then(|| format!("{} {kind} {} {text:?}", at.finding.rule, at.site().attribute))
    });
    sorted(&was, &is, &pairing, base, head)
}

fn sites(analysis: &Analysis) -> Vec<At<'_>> {
    let mut found = Vec::new();
    for finding in &analysis.findings {
        for index in 0..finding.sites.len() {
            found.push(At { finding, index, number: found.len() });
        }
    }
    found
}

#[derive(Default)]
struct Pairing {
    /// By number, in the base and in the head.
    to: HashMap<usize, usize>,
    taken: HashSet<usize>,
}

impl Pairing {
    /// Pairs places with the same sign in their order.
    fn meet(&mut self, was: &[At<'_>], is: &[At<'_>], sign: impl Fn(&At<'_>, bool) -> Option<String>) {
        let mut free: HashMap<String, Vec<usize>> = HashMap::new();
        for at in is.iter().rev().filter(|at| !self.taken.contains(&at.number)) {
            if let Some(sign) = sign(at, false) {
                free.entry(sign).or_default().push(at.number);
            }
        }
        for at in was {
            if self.to.contains_key(&at.number) {
                continue;
            }
            let found = sign(at, true).and_then(|sign| free.get_mut(&sign)?.pop());
            if let Some(number) = found {
                self.to.insert(at.number, number);
                self.taken.insert(number);
            }
        }
    }
}

fn sorted(was: &[At<'_>], is: &[At<'_>], pairing: &Pairing, base: &Analysis, head: &Analysis) -> Findings {
    let mut found = Findings::default();
    let before: HashMap<usize, &At<'_>> = pairing.to.iter().map(|(from, to)| (*to, &was[*from])).collect();
    let (told_before, told_now) = (Told::of(base), Told::of(head));
    for finding in grouped(is, |at| !pairing.taken.contains(&at.number)) {
        if told_before.has(&finding, head) {
            continue;
        }
        let one = of(finding, head);
        match one.finding.status {
            Status::Open => found.new.push(one),
            _ => found.accepted.push(one),
        }
    }
    for finding in grouped(was, |at| !pairing.to.contains_key(&at.number)) {
        if finding.status == Status::Open && !told_now.has(&finding, base) {
            found.fixed.push(of(finding, base));
        }
    }
    let is_open = |finding: &Finding| finding.status == Status::Open;
    let mut changed: Vec<(Severity, Finding)> = Vec::new();
    let mut reopened: Vec<Finding> = Vec::new();
    let mut accepted: Vec<Finding> = Vec::new();
    let mut seen: HashSet<*const Finding> = HashSet::new();
    for at in is.iter().filter(|at| pairing.taken.contains(&at.number)) {
        let Some(earlier) = before.get(&at.number) else { continue };
        if !seen.insert(std::ptr::from_ref(at.finding)) {
            continue;
        }
        match (is_open(earlier.finding), is_open(at.finding)) {
            (true, true) if earlier.finding.severity < at.finding.severity => {
                changed.push((earlier.finding.severity, at.finding.clone()));
            }
            // What was accepted and no longer is counts like a new one.
            (false, true) => reopened.push(at.finding.clone()),
            (true, false) => accepted.push(at.finding.clone()),
            _ => found.unchanged += 1,
        }
    }
    found.new.extend(reopened.into_iter().map(|finding| of(finding, head)));
    found.accepted.extend(accepted.into_iter().map(|finding| of(finding, head)));
    found.worse = changed.into_iter().map(|(severity, finding)| (severity, of(finding, head))).collect();
    found.new.sort_by_key(|one| std::cmp::Reverse(one.finding.severity));
    found
}

/// What one revision says of its identities: the characters that findings point at, first and further ones.
struct Told<'a>(HashSet<(&'static str, &'a str, &'a str)>);

impl<'a> Told<'a> {
    fn of(analysis: &'a Analysis) -> Self {
        let mut told = HashSet::new();
        for finding in analysis.findings.iter().filter(|finding| finding.status == Status::Open) {
            let Some(identity) = finding.identity.as_deref() else { continue };
            let places = finding.sites.iter().map(|site| site.span);
            for span in places.chain(finding.related.iter().map(|label| label.span)) {
                told.insert((finding.rule, identity, analysis.sources.text(span)));
            }
        }
        Told(told)
    }

    /// Only what policies say is the same wherever it says it: a second key is one more. A `"*"` is too little to
    /// be recognised by.
    fn has(&self, finding: &Finding, of: &'a Analysis) -> bool {
        let Some(identity) = finding.identity.as_deref() else { return false };
        let text = of.sources.text(finding.span());
        finding.category == "privilege"
            && text.contains(char::is_alphanumeric)
            && self.0.contains(&(finding.rule, identity, text))
    }
}

/// Findings with those of their places that are chosen.
fn grouped(all: &[At<'_>], chosen: impl Fn(&At<'_>) -> bool) -> Vec<Finding> {
    let mut found: Vec<(*const Finding, Finding)> = Vec::new();
    for at in all.iter().filter(|at| chosen(at)) {
        let key = std::ptr::from_ref(at.finding);
        match found.last_mut() {
            Some((last, finding)) if *last == key => finding.sites.push(at.site().clone()),
            _ => found.push((key, Finding { sites: vec![at.site().clone()], ..at.finding.clone() })),
        }
    }
    found.into_iter().map(|(_, finding)| finding).collect()
}

fn of(finding: Finding, analysis: &Analysis) -> Found {
    let place = place_of(&analysis.sources, finding.span());
    Found { finding, place }
}
