use super::blob::{ceil, floor};
use super::format::{Format, by_id, formats};
use super::literal::{Written, judge};
use super::name::{self, NameKind};
use super::sift::{Verdict, examine};
use super::types::{Context, Match};
use super::{assign, pem, prefilter, url};

/// Longer text is read in pieces, so that memory and the work of one expression stay bounded.
const WINDOW: usize = 1 << 20;
/// How much of its neighbours each piece sees on either side: more than the longest token.
const MARGIN: usize = 32 * 1024;

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
        let hits = prefilter::hits(text);
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
        let marks: Vec<usize> =
            self.matches.iter().filter(|found| found.format == document).map(|found| found.start).collect();
        self.matches.retain(|found| found.format != document);
        for mark in marks {
            let key = |found: &&mut Match| {
                found.format.id == "private-key-pem" && found.start.abs_diff(mark) < 8 * 1024
            };
            if let Some(found) = self.matches.iter_mut().find(key) {
                found.format = document;
            }
        }
    }

    /// Drops what overlaps something better, and guesses about refuted tokens.
    fn settle(self) -> Vec<Match> {
        let Found { mut matches, refuted } = self;
        let overlaps = |found: &Match| refuted.iter().any(|(start, end)| found.overlaps(*start, *end));
        matches.retain(|found| found.format.id != "named-attribute" || !overlaps(found));
        matches.sort_by_key(|found| {
            let guess = found.format.id == "named-attribute";
            (guess, std::cmp::Reverse((found.confidence, found.checksum, found.len())), found.start)
        });
        let mut kept: std::collections::BTreeMap<usize, Match> = std::collections::BTreeMap::new();
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
