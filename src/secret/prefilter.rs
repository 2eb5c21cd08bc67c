use super::format::{formats, index_of};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::sync::LazyLock;

/// Pieces of names that may hold a secret. A hit is a reason to look at the whole name, no more.
const NAME_PIECES: &[&str] = &[
    "pass",
    "pwd",
    "secret",
    "token",
    "key",
    "credential",
    "creds",
    "psk",
    "_pat",
    "-pat",
    "connectionstring",
];

/// Formats found by walking bytes, so that their expressions and keywords are not used.
const WALKED: &[&str] = &["private-key-pem", "pgp-private-key", "url-credentials", "named-attribute"];

#[derive(Clone, Copy, Debug)]
enum Target {
    Format(usize),
    Name,
    Url,
    Pem,
}

struct Prefilter {
    automaton: AhoCorasick,
    /// Which targets each pattern of the automaton stands for.
    targets: Vec<Vec<Target>>,
}

/// What a text may hold.
#[derive(Debug, Default)]
pub(super) struct Hits {
    /// Formats by index whose keyword occurs, in the order of the table.
    pub formats: Vec<usize>,
    /// Where a piece of a secret-like name begins.
    pub names: Vec<usize>,
    /// Where `://` begins.
    pub urls: Vec<usize>,
    pub pem: bool,
}

static PREFILTER: LazyLock<Prefilter> = LazyLock::new(|| {
    let mut patterns: Vec<&str> = Vec::new();
    let mut targets: Vec<Vec<Target>> = Vec::new();
    let mut add = |pattern: &'static str, target: Target| {
        let at = patterns.iter().position(|known| *known == pattern).unwrap_or_else(|| {
            patterns.push(pattern);
            targets.push(Vec::new());
            patterns.len() - 1
        });
        targets[at].push(target);
    };
    for format in formats().iter().filter(|format| !WALKED.contains(&format.id.as_str())) {
        let index = index_of(&format.id).expect("invariant: the format comes from the table");
        format.keywords.iter().for_each(|keyword| add(keyword, Target::Format(index)));
    }
    NAME_PIECES.iter().for_each(|piece| add(piece, Target::Name));
    add("://", Target::Url);
    add("-----begin ", Target::Pem);
    add("ls0tls1crudjti", Target::Pem);
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        // Every text of the code goes through here, and the table is small.
        .kind(Some(AhoCorasickKind::DFA))
        .build(&patterns)
        .expect("invariant: a few hundred short patterns fit an automaton");
    Prefilter { automaton, targets }
});

pub(super) fn hits(text: &str) -> Hits {
    let mut hits = Hits::default();
    let mut seen = Vec::new();
    for found in PREFILTER.automaton.find_overlapping_iter(text) {
        for target in &PREFILTER.targets[found.pattern().as_usize()] {
            match *target {
                Target::Format(index) => {
                    if seen.is_empty() {
                        seen.resize(formats().len(), false);
                    }
                    seen[index] = true;
                }
                Target::Name => hits.names.push(found.start()),
                Target::Url => hits.urls.push(found.start()),
                Target::Pem => hits.pem = true,
            }
        }
    }
    hits.names.sort_unstable();
    hits.formats = seen.iter().enumerate().filter(|(_, seen)| **seen).map(|(index, _)| index).collect();
    hits
}
