//! Comments of an HCL file. Parsing drops them; this finds them again, knowing strings and heredocs, so that a
//! `#` in a script is not taken for one.

use super::scan;
use std::ops::Range;

/// A comment, without its marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From its mark to the end of the line, or to behind `*/`.
    pub range: Range<usize>,
    /// The text without marks and outer blanks.
    pub text: Range<usize>,
    /// Nothing but blanks stands before it on its line.
    pub own_line: bool,
}

/// All comments, in order.
pub fn comments(text: &str) -> Vec<Comment> {
    scan::comments(text.as_bytes()).into_iter().map(|range| comment(text, range)).collect()
}

fn comment(text: &str, range: Range<usize>) -> Comment {
    let whole = &text[range.clone()];
    let marks = whole.len() - whole.trim_start_matches(['#', '/', '*']).len();
    let inner = whole[marks..].trim_end_matches("*/");
    let start = range.start + marks + (inner.len() - inner.trim_start().len());
    let end = start + inner.trim().len();
    let line = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let before = text[line..range.start].trim_start_matches('\u{feff}');
    Comment { own_line: before.trim().is_empty(), text: start..end, range }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_told_from_what_looks_like_them() {
        let text =
            "# one\na = \"# no\" // two\nb = <<EOT\n# no\nEOT\nc = \"${\"}# no\"}\" /* three\n*/ d = 1\n#\n";
        let found: Vec<_> = comments(text).into_iter().map(|it| (&text[it.text], it.own_line)).collect();
        assert_eq!(found, [("one", true), ("two", false), ("three", false), ("", true)]);
    }

    #[test]
    fn a_comment_within_a_template_does_not_hide_its_end() {
        let text = "a = \"${ /* one */ b} # no\"\nc = \"${d # two\n} # no\" // three\r\n";
        let found: Vec<_> = comments(text).into_iter().map(|it| &text[it.text]).collect();
        assert_eq!(found, ["one", "two", "three"]);
    }
}
