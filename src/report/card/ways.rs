//! Who becomes an identity and whom it becomes, on its card.

use crate::config::AddressGlob;
use crate::identity::{Identity, Model};
use crate::query::{self, Match, Ways};
use crate::source::SourceMap;
use std::fmt::Write;

/// Answers that are told one by one.
const MOST: usize = 12;

/// Everybody who may become it, those whom it trusts first. That administrators may goes without saying.
pub(super) fn into(model: &Model, identity: &Identity) -> Vec<Match> {
    let mut found = query::who_becomes(model, &AddressGlob::new(&identity.address), Ways::ButAdmins);
    found.retain(|it| it.target.as_deref() == Some(&identity.address));
    found.sort_by_key(|it| (it.path.len(), std::cmp::Reverse(it.answer), it.who.clone()));
    found
}

/// Everybody whom it may become, and what it may have in the end.
pub(super) fn out_of(model: &Model, identity: &Identity) -> Vec<Match> {
    let mut found = query::becomes(model, identity);
    found.sort_by_key(|it| (it.path.len(), std::cmp::Reverse(it.answer), it.target.clone()));
    found
}

pub(super) fn human(
    out: &mut String,
    title: &str,
    found: &[Match],
    sources: &SourceMap,
    name: fn(&Match) -> &str,
) {
    let _ = writeln!(out, "{title}");
    for one in found.iter().take(MOST) {
        let text = query::one(name(one), "", one, sources);
        text.lines().for_each(|line| {
            let _ = writeln!(out, "  {line}");
        });
    }
    match found.len() {
        0 => {
            let _ = writeln!(out, "  nobody, as far as this code tells");
        }
        count if count > MOST => {
            let _ = writeln!(out, "  and {} more: `keyward query` tells them all", count - MOST);
        }
        _ => {}
    }
}
