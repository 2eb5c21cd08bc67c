use super::blob::{ceil, floor};
use super::format::{Format, by_id, formats};
use super::literal::{Written, judge};
use super::name::{self, NameKind};
use super::sift::{Verdict, examine};
use super::types::{Context, Match};
use super::{assign, near, pem, prefilter, url};
use std::collections::{BTreeMap, BTreeSet};

/// Longer text is read in pieces, so that memory and the work of one expression stay bounded.
const WINDOW: usize = 1 << 20;
/// How much of its neighbours each piece sees on either side: more than the longest token.
const MARGIN: usize = 32 * 1024;
/// The longest text that can be one token known by its name alone.
const LONGEST_VALUE: usize = 4096;
/// How far the fields of one service account document lie apart at most.
const DOCUMENT: usize = 8 * 1024;

/// Every secret in the text, in order of place, each once and under its most specific format.
pub fn scan(text: &str, context: &Context<'_>) -> Vec<Match> {
    let mut found = Found::default();
    if text.len() <= WINDOW {
        found.read(text, context);
    } else {
        windows(text, context, &mut found);
    }
    whole_value(text, context, &mut found.matches);
    found.settle()
}

/// Each piece owns the tokens that begin in it, away from the margins where a token may be cut.
fn windows(text: &str, context: &Context<'_>, found: &mut Found) {
    let mut own = 0;
    while own < text.len() {
        let until = own + WINDOW;
        let from = floor(text, own.saturating_sub(MARGIN));
        let to = ceil(text, until + MARGIN);
        let mut piece = Found::default();
        piece.read(&text[from..to], context);
        let owned = |start: usize| (own..until).contains(&(start + from));
        found.matches.extend(
            piece.matches.into_iter().filter(|found| owned(found.start)).map(|found| Match {
                start: found.start + from,
                end: found.end + from,
                ..found
            }),
        );
        let refuted = piece.refuted.into_iter().filter(|(start, _)| owned(*start));
        found.refuted.extend(refuted.map(|(start, end)| (start + from, end + from)));
        own = until;
    }
}

#[derive(Default)]
struct Found {
    matches: Vec<Match>,
    /// Tokens of a known shape that are proven not to be real. No guess by name may bring them back.
    refuted: Vec<(usize, usize)>,
}

impl Found {
    fn read(&mut self, text: &str, context: &Context<'_>) {
        let mut hits = prefilter::hits(text);
        if text.len() <= LONGEST_VALUE {
            hits.formats.extend(named_formats(context));
            hits.formats.sort_unstable();
            hits.formats.dedup();
        }
        for index in hits.formats {
            self.try_format(&formats()[index], text, context);
        }
        if hits.pem {
            pem::find(text, &mut self.matches);
        }
        self.name_service_accounts();
        url::find(text, &hits.urls, &mut self.matches);
        assign::find(text, &hits.names, &mut self.matches);
    }

    fn try_format(&mut self, format: &'static Format, text: &str, context: &Context<'_>) {
        let Some(regex) = format.regex() else { return };
        let group = regex.captures_len() - 1;
        let mut take = |start: usize, end: usize| match examine(format, text, (start, end), context) {
            Verdict::Accept(found) => self.matches.push(found),
            Verdict::Refuted => self.refuted.push((start, end)),
            Verdict::Unrelated => {}
        };
        if group == 0 {
            regex.find_iter(text.as_bytes()).for_each(|found| take(found.start(), found.end()));
        } else {
            let tokens = regex.captures_iter(text.as_bytes()).filter_map(|captures| captures.get(1));
            tokens.for_each(|found| take(found.start(), found.end()));
        }
    }

    /// `"type": "service_account"` is a credential only with the private key of the same document, and then the
    /// key is the token.
    fn name_service_accounts(&mut self) {
        let document = by_id("gcp-service-account-json");
        let marks: BTreeSet<usize> =
            self.matches.iter().filter(|found| found.format == document).map(|found| found.start).collect();
        self.matches.retain(|found| found.format != document);
        for found in self.matches.iter_mut().filter(|found| found.format.id == "private-key-pem") {
            let around = found.start.saturating_sub(DOCUMENT)..found.end + DOCUMENT;
            if marks.range(around).next().is_some() {
                found.format = document;
            }
        }
    }

    /// Drops what overlaps something better, and guesses about refuted tokens.
    fn settle(self) -> Vec<Match> {
        let Found { mut matches, refuted } = self;
        let refuted = disjoint(refuted);
        let overlaps = |found: &Match| {
            let next = refuted.partition_point(|(_, end)| *end <= found.start);
            refuted.get(next).is_some_and(|(start, _)| *start < found.end)
        };
        matches.retain(|found| found.format.id != "named-attribute" || !overlaps(found));
        matches.sort_by_key(|found| {
            let guess = found.format.id == "named-attribute";
            (guess, std::cmp::Reverse((found.confidence, found.checksum, found.len())), found.start)
        });
        let mut kept: BTreeMap<usize, Match> = BTreeMap::new();
        for found in matches {
            // Those kept do not overlap each other, so only the last to begin before this end can touch it.
            let last = kept.range(..found.end).next_back();
            if last.is_none_or(|(_, kept)| !kept.overlaps(found.start, found.end)) {
                kept.insert(found.start, found);
            }
        }
        kept.into_values().collect()
    }
}

/// The formats without a shape of their own, whose keyword the name of the value or its surroundings hold.
fn named_formats(context: &Context<'_>) -> impl Iterator<Item = usize> {
    let places = [context.name, context.path, context.neighbours].into_iter().flatten();
    places
        .flat_map(|place| prefilter::hits(near::head(place)).formats)
        .filter(|index| formats()[*index].is_contextual())
}

/// The same ranges in order, with those that touch made one.
fn disjoint(mut ranges: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    ranges.sort_unstable();
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (start, end) in ranges {
        match out.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => out.push((start, end)),
        }
    }
    out
}

/// A text that is all of a value counts by the name it is assigned to.
fn whole_value(text: &str, context: &Context<'_>, out: &mut Vec<Match>) {
    let Some(kind) = context.name.and_then(|name| kind_in(name, context.path)) else { return };
    let Some(judged) = judge(text, kind, Written::Quoted) else { return };
    let start = text.len() - text.trim_start().len();
    let end = text.trim_end().len();
    if start >= end {
        return;
    }
    let mut found = Match::new(by_id("named-attribute"), start, end);
    found.confidence = judged.level;
    found.note = judged.note.map(str::to_owned);
    out.push(found);
}

/// A plain `value` is a secret in a resource that stores secrets, such as `azurerm_key_vault_secret`.
fn kind_in(name: &str, path: Option<&str>) -> Option<NameKind> {
    name::kind(name).or_else(|| {
        let stores = path.is_some_and(|path| name::words(path).iter().any(|word| word == "secret"));
        (stores && matches!(name, "value" | "plaintext_value")).then_some(NameKind::Password)
    })
}
