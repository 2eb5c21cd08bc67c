//! The layout of what fixes write: where lines were aligned before, they are aligned afterwards.

mod lines;

use super::{Edit, Finding, Fix};
use crate::source::{FileId, FileKind, SourceFile, SourceMap, Span};
use lines::{Line, gaps, lines};
use std::collections::BTreeMap;
use std::ops::Range;

/// Files as far as fixes touch them.
#[derive(Debug)]
pub struct Layouts<'a> {
    sources: &'a SourceMap,
    files: BTreeMap<FileId, Known>,
}

impl<'a> Layouts<'a> {
    pub fn new(sources: &'a SourceMap) -> Self {
        Layouts { sources, files: BTreeMap::new() }
    }

    /// The same for all fixes of some findings.
    pub fn settle_all(&mut self, findings: &mut [Finding]) {
        findings.iter_mut().flat_map(|finding| &mut finding.fixes).for_each(|fix| self.settle(fix));
    }

    /// Adds what it takes to keep the neighbours of the edits aligned, as `terraform fmt` would have it. Lines
    /// that nobody has formatted stay as they are.
    pub fn settle(&mut self, fix: &mut Fix) {
        let mut by_file: BTreeMap<FileId, Vec<Edit>> = BTreeMap::new();
        for edit in fix.edits.drain(..) {
            by_file.entry(edit.span.file).or_default().push(edit);
        }
        for (id, mut edits) in by_file {
            if let Some(file) = self.sources.find(id) {
                let known = self.files.entry(id).or_insert_with(|| Known::of(file));
                if known.carriage_returns {
                    edits.iter_mut().for_each(|edit| edit.text = with_carriage_returns(&edit.text));
                }
                edits = settle_file(file, &known.lines, edits);
            }
            fix.edits.extend(one_for_each_place(edits));
        }
    }
}

/// Where a new argument of a block goes, counted from the start of the block: behind its last argument and before its
/// first inner block. The second is whether an empty line has to come before it. `None` for a block on one line.
pub fn place_for_argument(block: &str) -> Option<(usize, bool)> {
    let lines = lines(block);
    let closing = lines.last().filter(|_| lines.len() > 1)?.range.start;
    let mut depth = 1_isize;
    let mut place = None;
    for line in &lines[1..lines.len() - 1] {
        let opens_block = depth == 1 && line.code && !line.assigns;
        if opens_block {
            return Some(place.map_or((closing, true), |at| (at, false)));
        }
        depth += line.depth;
        if depth == 1 && line.code {
            place = Some(line.range.end);
        }
    }
    // Comments behind the last argument may be about what is commented out.
    Some((place.unwrap_or(closing), false))
}

/// What is known of a file.
#[derive(Debug)]
struct Known {
    carriage_returns: bool,
    /// None where nothing is ever aligned.
    lines: Vec<Line>,
}

impl Known {
    fn of(file: &SourceFile) -> Self {
        let lines = if file.kind == FileKind::Hcl { lines(&file.text) } else { Vec::new() };
        Known { carriage_returns: ends_in_carriage_returns(&file.text), lines }
    }
}

/// Whether most lines do.
fn ends_in_carriage_returns(text: &str) -> bool {
    let lines = memchr::memchr_iter(b'\n', text.as_bytes());
    lines.fold(0_i64, |sum, at| if text[..at].ends_with('\r') { sum + 1 } else { sum - 1 }) > 0
}

fn with_carriage_returns(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

/// What is inserted at one place is one edit, since whoever applies several may do it in any order. In ours the later
/// one stands first.
fn one_for_each_place(edits: Vec<Edit>) -> Vec<Edit> {
    let mut kept: Vec<Edit> = Vec::with_capacity(edits.len());
    for edit in edits {
        match kept.iter_mut().find(|known| known.span == edit.span && edit.span.is_empty()) {
            Some(known) => known.text.insert_str(0, &edit.text),
            None => kept.push(edit),
        }
    }
    kept
}

fn settle_file(file: &SourceFile, known: &[Line], mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let overlap = edits.windows(2).any(|pair| pair[1].span.start < pair[0].span.end);
    let outside = edits.last().is_some_and(|edit| edit.span.end as usize > file.text.len());
    if overlap || outside || known.is_empty() {
        return edits;
    }
    let mut regions: Vec<Range<usize>> = Vec::new();
    for edit in &edits {
        let region = region(known, edit.span.range());
        match regions.last_mut() {
            Some(last) if region.start <= last.end => last.end = last.end.max(region.end),
            _ => regions.push(region),
        }
    }
    let mut extra = Vec::new();
    for region in regions {
        extra.extend(realign(file, &known[region], &mut edits));
    }
    edits.extend(extra);
    edits
}

/// The lines that an edit touches or brings together, with those that are aligned with them.
fn region(known: &[Line], touched: Range<usize>) -> Range<usize> {
    let before = touched.start.saturating_sub(1);
    let mut first = known.partition_point(|line| line.range.end <= before);
    let mut last = known.partition_point(|line| line.range.start <= touched.end);
    first = first.min(known.len() - 1);
    while first > 0 && known[first - 1].has_cells() {
        first -= 1;
    }
    while last < known.len() && known[last].has_cells() {
        last += 1;
    }
    first..last.max(first + 1)
}

/// A part of the new text, and where it comes from.
struct Piece {
    range: Range<usize>,
    from: Origin,
}

#[derive(Clone, Copy)]
enum Origin {
    /// The file, from this offset.
    Old(usize),
    /// This edit.
    New(usize),
}

/// Changes the edits, and returns those on other lines.
fn realign(file: &SourceFile, region: &[Line], edits: &mut [Edit]) -> Vec<Edit> {
    let (Some(first), Some(last)) = (region.first(), region.last()) else { return Vec::new() };
    let bounds = first.range.start..last.range.end;
    let formatted = gaps(&file.text, region).iter().all(|gap| gap.range.len() == gap.wanted);
    if !formatted {
        return Vec::new();
    }
    let (text, pieces) = rewritten(file, bounds, edits);
    let mut extra = Vec::new();
    // From the last one, so that offsets in the text of an edit hold.
    for gap in gaps(&text, &lines(&text)).into_iter().rev().filter(|gap| gap.range.len() != gap.wanted) {
        let within =
            |piece: &&Piece| piece.range.start <= gap.range.start && gap.range.end <= piece.range.end;
        let Some(piece) = pieces.iter().find(within) else { continue };
        let spaces = " ".repeat(gap.wanted);
        let (start, end) = (gap.range.start - piece.range.start, gap.range.end - piece.range.start);
        match piece.from {
            Origin::New(at) => edits[at].text.replace_range(start..end, &spaces),
            Origin::Old(offset) => {
                // Only the difference, so that two fixes meet where they differ.
                let kept = gap.range.len().min(gap.wanted);
                let span = Span::new(file.id, offset + start + kept, offset + end);
                extra.push(Edit { span, text: spaces[kept..].to_string() });
            }
        }
    }
    extra
}

/// The text of a region with the edits in it.
fn rewritten(file: &SourceFile, bounds: Range<usize>, edits: &[Edit]) -> (String, Vec<Piece>) {
    let mut text = String::new();
    let mut pieces = Vec::new();
    let mut push = |part: &str, from: Origin| {
        let start = text.len();
        text.push_str(part);
        pieces.push(Piece { range: start..text.len(), from });
    };
    let mut at = bounds.start;
    for (index, edit) in edits.iter().enumerate() {
        let range = edit.span.range();
        if range.start < bounds.start || range.end > bounds.end {
            continue;
        }
        push(file.text.get(at..range.start).unwrap_or_default(), Origin::Old(at));
        push(&edit.text, Origin::New(index));
        at = range.end;
    }
    push(file.text.get(at..bounds.end).unwrap_or_default(), Origin::Old(at));
    (text, pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(text: &str, changes: &[(&str, &str)]) -> String {
        let mut sources = SourceMap::default();
        let path = "/x/main.tf".into();
        let file = sources.add("main.tf".to_string(), path, FileKind::Hcl, text.as_bytes().to_vec());
        let edits = changes.iter().map(|(old, new)| {
            let at = text.find(old).expect("part of the text");
            Edit { span: Span::new(file, at, at + old.len()), text: (*new).to_string() }
        });
        let mut fix = Fix::manual("");
        fix.edits = edits.collect();
        Layouts::new(&sources).settle(&mut fix);
        let mut after = text.to_string();
        fix.edits.sort_by_key(|edit| std::cmp::Reverse((edit.span.start, edit.span.end)));
        for edit in fix.edits {
            after.replace_range(edit.span.range(), &edit.text);
        }
        after
    }

    #[test]
    fn a_longer_name_moves_its_neighbours() {
        let before = "r {\n  a  = 1 # x\n  bb = 2 # y\n}\n";
        let after = settled(before, &[("}\n", "  longer = 3\n}\n")]);
        assert_eq!(after, "r {\n  a      = 1 # x\n  bb     = 2 # y\n  longer = 3\n}\n");
    }

    #[test]
    fn a_shorter_name_is_padded() {
        let before = "r {\n  a      = 1\n  longer = 2\n}\n";
        let after = settled(before, &[("}\n", "  bb = 3\n}\n")]);
        assert_eq!(after, "r {\n  a      = 1\n  longer = 2\n  bb     = 3\n}\n");
    }

    #[test]
    fn what_was_not_aligned_stays_so() {
        let before = "r {\n  a = 1\n  longer = 2\n}\n";
        let after = settled(before, &[("}\n", "  bb = 3\n}\n")]);
        assert_eq!(after, "r {\n  a = 1\n  longer = 2\n  bb = 3\n}\n");
    }

    #[test]
    fn what_is_taken_away_lets_the_others_move_back() {
        let before = "r {\n  a      = 1\n  longer = 2\n  bb     = 3\n}\n";
        assert_eq!(settled(before, &[("  longer = 2\n", "")]), "r {\n  a  = 1\n  bb = 3\n}\n");
        let apart = "r {\n  a = 1\n  # note\n  bb = 3\n}\n";
        assert_eq!(settled(apart, &[("  # note\n", "")]), "r {\n  a  = 1\n  bb = 3\n}\n");
    }

    #[test]
    fn a_value_over_several_lines_leaves_the_alignment() {
        let before = "r {\n  name = 1\n  tags_all = 2\n}\n".replace("name ", "name     ");
        let after = settled(&before, &[("2", "{\n    a = 1\n    long = 2\n  }")]);
        assert_eq!(after, "r {\n  name = 1\n  tags_all = {\n    a    = 1\n    long = 2\n  }\n}\n");
    }

    #[test]
    fn arguments_come_before_blocks() {
        let placed = |text: &str| {
            let (at, apart) = place_for_argument(text).expect("several lines");
            (text[..at].lines().count(), apart)
        };
        assert_eq!(placed("r {\n  a = 1\n\n  b {\n    c = 1\n  }\n}"), (2, false));
        assert_eq!(placed("r {\n  a = {\n    x = 1\n  }\n  # e = 1\n}"), (4, false));
        assert_eq!(placed("r {\n  a = f(\n    1)\n}"), (3, false));
        assert_eq!(placed("r {\n  b {\n    c = 1\n  }\n}"), (4, true));
        assert_eq!(placed("r {\n}"), (1, false));
        assert_eq!(placed("r {\n  a = <<E\n x {\nE\n}"), (4, false));
        assert_eq!(place_for_argument("r { a = 1 }"), None);
    }

    #[test]
    fn comments_follow_a_longer_value() {
        let before = "r {\n  a = 1  # x\n  b = 22 # y\n}\n";
        assert_eq!(settled(before, &[("22", "4444")]), "r {\n  a = 1    # x\n  b = 4444 # y\n}\n");
        assert_eq!(settled(before, &[("22", "2")]), "r {\n  a = 1 # x\n  b = 2 # y\n}\n");
    }
}
