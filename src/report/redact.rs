use super::ScanReport;
use super::place::clamp;
use crate::diagnostic::{Applicability, Finding, Gap};
use crate::source::{FileId, SourceMap, Span};
use aho_corasick::{AhoCorasick, MatchKind};
use std::borrow::{Borrow, Cow};
use std::collections::HashMap;
use std::ops::Range;

/// What stands in free text where a secret was.
pub const MASK: &str = "***";

/// What must not be shown: places in sources, and the texts that stand there.
#[derive(Debug, Default)]
pub(super) struct Redactions {
    /// Sorted and disjoint.
    places: HashMap<FileId, Vec<Range<usize>>>,
    texts: Option<AhoCorasick>,
    /// What `texts` looks for, in order.
    words: Vec<Box<str>>,
    longest: usize,
}

/// A report whose free text holds no marked secret.
pub(super) struct Prepared<'a> {
    pub findings: Cow<'a, [Finding]>,
    pub gaps: Cow<'a, [Gap]>,
    pub redactions: Redactions,
}

pub(super) fn prepare<'a>(report: &ScanReport<'a>) -> Prepared<'a> {
    let redactions = Redactions::new(report);
    if redactions.texts.is_none() {
        let (findings, gaps) = (Cow::Borrowed(report.findings), Cow::Borrowed(report.gaps));
        return Prepared { findings, gaps, redactions };
    }
    let findings = report.findings.iter().cloned().map(|finding| redactions.scrub_finding(finding)).collect();
    let gaps = report.gaps.iter().cloned().map(|gap| redactions.scrub_gap(gap)).collect();
    Prepared { findings: Cow::Owned(findings), gaps: Cow::Owned(gaps), redactions }
}

/// Takes every secret that an analysis knows of out of free text that is to leave the machine.
#[derive(Debug, Default)]
pub struct Scrubber(Redactions);

impl Scrubber {
    pub fn new<F: Borrow<Finding>>(sources: &SourceMap, findings: &[F], redactions: &[Span]) -> Self {
        Scrubber(Redactions::of(sources, findings, redactions))
    }

    /// Of what stands in these places.
    pub fn of(sources: &SourceMap, redactions: &[Span]) -> Self {
        Scrubber::new::<Finding>(sources, &[], redactions)
    }

    pub fn leaks(&self, text: &str) -> bool {
        self.0.leaks(text)
    }

    pub fn hides_the_same_as(&self, other: &Scrubber) -> bool {
        self.0.words == other.0.words
    }

    /// Of what the other one does not hide.
    pub fn beyond(&self, other: &Scrubber) -> Scrubber {
        let words = self.0.words.iter().filter(|word| other.0.words.binary_search(word).is_err());
        Scrubber(Redactions::hiding(words.cloned().collect()))
    }

    /// There is nothing to hide.
    pub fn is_idle(&self) -> bool {
        self.0.texts.is_none()
    }

    pub fn clean(&self, text: &str) -> String {
        let mut clean = text.to_owned();
        self.0.scrub(&mut clean);
        clean
    }

    /// A finding with clean texts. Fixes that would write a secret are no longer edits.
    pub fn finding(&self, finding: Finding) -> Finding {
        self.0.scrub_finding(finding)
    }
}

impl Redactions {
    pub fn new(report: &ScanReport<'_>) -> Self {
        Redactions::of(report.sources, report.findings, report.redactions)
    }

    fn of<F: Borrow<Finding>>(sources: &SourceMap, findings: &[F], redactions: &[Span]) -> Self {
        let marked = findings.iter().flat_map(|finding| &finding.borrow().redactions).chain(redactions);
        let mut places: HashMap<FileId, Vec<Range<usize>>> = HashMap::new();
        let mut texts = Vec::new();
        for span in marked {
            let Some(file) = sources.find(span.file) else { continue };
            let range = inside_quotes(&file.text, clamp(file, *span));
            texts.extend(file.text[range.clone()].lines().map(str::trim).filter(|text| telling(text)));
            if !range.is_empty() {
                places.entry(span.file).or_default().push(range);
            }
        }
        places.values_mut().for_each(merge);
        texts.sort_unstable();
        texts.dedup();
        Redactions { places, ..Redactions::hiding(texts.into_iter().map(Box::from).collect()) }
    }

    /// Of texts wherever they stand.
    fn hiding(words: Vec<Box<str>>) -> Self {
        let longest = words.iter().map(|text| text.len()).max().unwrap_or(0);
        let patterns = || words.iter().map(|word| word.as_bytes());
        let search = || AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(patterns()).ok();
        let texts = (!words.is_empty()).then(search).flatten();
        Redactions { places: HashMap::new(), texts, words, longest }
    }

    /// Parts of `window` in the text of `file` that are masked, sorted.
    pub fn within(&self, file: FileId, text: &str, window: Range<usize>) -> Vec<Range<usize>> {
        let places = self.places.get(&file).map_or(&[][..], Vec::as_slice);
        let first = places.partition_point(|place| place.end <= window.start);
        let mut found: Vec<_> =
            places[first..].iter().take_while(|place| place.start < window.end).cloned().collect();
        if let Some(texts) = &self.texts {
            // A secret may begin before the window or end behind it.
            let from = floor(text, window.start.saturating_sub(self.longest));
            let to = floor(text, (window.end + self.longest).min(text.len()));
            let matches = texts.find_iter(&text[from..to]);
            found.extend(matches.map(|found| from + found.start()..from + found.end()));
        }
        merge(&mut found);
        found
    }

    fn leaks(&self, text: &str) -> bool {
        self.texts.as_ref().is_some_and(|texts| texts.is_match(text))
    }

    pub fn scrub(&self, text: &mut String) {
        let Some(texts) = &self.texts else { return };
        if !texts.is_match(text.as_str()) {
            return;
        }
        let mut clean = String::with_capacity(text.len());
        let mut at = 0;
        for found in texts.find_iter(text.as_str()) {
            clean.push_str(&text[at..found.start()]);
            clean.push_str(MASK);
            at = found.end();
        }
        clean.push_str(&text[at..]);
        *text = clean;
    }

    pub fn scrub_finding(&self, mut finding: Finding) -> Finding {
        self.scrub(&mut finding.message);
        self.scrub(&mut finding.label);
        for site in &mut finding.sites {
            self.scrub(&mut site.address);
            self.scrub(&mut site.attribute);
        }
        for label in finding.related.iter_mut().chain(&mut finding.route) {
            self.scrub(&mut label.text);
        }
        finding.notes.iter_mut().for_each(|note| self.scrub(note));
        let optional = [&mut finding.help, &mut finding.identity, &mut finding.owner];
        optional.into_iter().flatten().for_each(|text| self.scrub(text));
        for fix in &mut finding.fixes {
            self.scrub(&mut fix.title);
            if let Some(scaffold) = &mut fix.scaffold {
                self.scrub(&mut scaffold.snippet);
                scaffold.steps.iter_mut().for_each(|step| self.scrub(step));
            }
            // An edit with a masked value would write the mask, so it is not offered at all.
            if fix.edits.iter().any(|edit| self.leaks(&edit.text)) {
                fix.edits.clear();
                fix.applicability = Applicability::Manual;
            }
        }
        finding
    }

    fn scrub_gap(&self, mut gap: Gap) -> Gap {
        self.scrub(&mut gap.message);
        gap.help.iter_mut().for_each(|text| self.scrub(text));
        gap
    }
}

/// Whether a text is so unlike a word that hiding every occurrence of it hides nothing else. A password of
/// `changeme` is masked where it is marked, but the word may still be said.
fn telling(text: &str) -> bool {
    let len = text.chars().count();
    let plain = text.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '-' | '_' | ' ' | '.'));
    // The armour lines of a key say what it is and not which one.
    len >= 8 && !text.starts_with("-----") && (!plain || len >= 20)
}

/// The quotes of a literal are no secret, and a reader wants to see that it is a literal.
fn inside_quotes(text: &str, range: Range<usize>) -> Range<usize> {
    let slice = &text[range.clone()];
    match slice.len() >= 2 && slice.starts_with('"') && slice.ends_with('"') {
        true => range.start + 1..range.end - 1,
        false => range,
    }
}

fn merge(ranges: &mut Vec<Range<usize>>) {
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges.drain(..) {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    *ranges = merged;
}

pub(super) fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
