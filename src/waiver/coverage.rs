//! Which waivers cover a place.

use super::{Scope, Waiver};
use crate::diagnostic::Site;
use crate::source::Span;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Waivers by where they can hold, so that each finding looks at few.
#[derive(Debug, Default)]
pub struct Coverage {
    by_file: HashMap<u32, Vec<usize>>,
    by_address: Vec<usize>,
    /// The waivers in comments that cover what is declared at an address.
    declared: HashMap<String, BTreeSet<usize>>,
}

impl Coverage {
    /// `declared` are the addresses of resources with the place of their declaration.
    pub fn of<'a>(all: &[Waiver], declared: impl Iterator<Item = (Span, &'a str)>) -> Self {
        let mut coverage = Coverage::default();
        for (at, waiver) in all.iter().enumerate() {
            match &waiver.scope {
                Scope::Code(span) => coverage.by_file.entry(span.file.0).or_default().push(at),
                Scope::Address(_) => coverage.by_address.push(at),
            }
        }
        for (header, address) in declared {
            for at in coverage.by_file.get(&header.file.0).into_iter().flatten() {
                if matches!(all[*at].scope, Scope::Code(span) if span.contains(header)) {
                    coverage.declared.entry(address.to_owned()).or_default().insert(*at);
                }
            }
        }
        coverage
    }

    /// The waivers that cover a site, by their place in `all`, whichever rules they are about.
    pub fn covering<'a>(&'a self, all: &'a [Waiver], site: &'a Site) -> impl Iterator<Item = usize> + 'a {
        let start = Span { end: site.span.start, ..site.span };
        let here = self.by_file.get(&site.span.file.0).into_iter().flatten();
        let here =
            here.filter(move |at| matches!(all[**at].scope, Scope::Code(span) if span.contains(start)));
        let known = self.declared.get(&site.address);
        let named = known.into_iter().flatten();
        let globs = self.by_address.iter();
        let globs = globs
            .filter(|at| matches!(&all[**at].scope, Scope::Address(glob) if glob.matches(&site.address)));
        let mut seen = HashSet::new();
        here.chain(named).chain(globs).copied().filter(move |at| seen.insert(*at))
    }
}
