use super::{CodeOwner, CodeOwners, pattern};
use crate::config::Spanned;
use crate::owners::Problem;
use globset::{GlobSet, GlobSetBuilder};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Whose rules a file follows. They differ in sections, in `!`, in brackets, and in what a path without a
/// leading slash is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    GitHub,
    GitLab,
}

impl Dialect {
    /// By the place, or else by what only GitLab has: sections and roles.
    pub fn guess(path: &Path, text: &str) -> Self {
        let in_dir = |name| path.parent().is_some_and(|dir| dir.ends_with(name));
        let gitlab = text.lines().any(|line| section(line.trim()).is_some() || line.contains(" @@"));
        match (in_dir(".github"), in_dir(".gitlab") || gitlab) {
            (false, true) => Dialect::GitLab,
            _ => Dialect::GitHub,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Line {
    pub number: u32,
    pub span: Range<usize>,
    pub owners: Vec<Spanned<String>>,
    pub is_catch_all: bool,
    pub section: String,
    /// GitLab's `!pattern`.
    pub excludes: bool,
}

impl Line {
    pub fn owners(&self) -> impl Iterator<Item = CodeOwner> {
        self.owners.iter().map(|owner| CodeOwner {
            name: owner.get_ref().clone(),
            line: self.number,
            span: self.span.clone(),
            is_catch_all: self.is_catch_all,
            section: self.section.clone(),
        })
    }
}

impl CodeOwners {
    /// Parses a file; lines that the forge would not use are problems and not rules.
    pub fn parse(text: &str, dialect: Dialect) -> CodeOwners {
        let mut reader = Reader { dialect, ..Reader::new() };
        let mut offset = 0;
        for (number, line) in (1..).zip(text.split('\n')) {
            let bom = if offset == 0 && line.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
            reader.line(number, offset + bom, &line[bom..]);
            offset += line.len() + 1;
        }
        let globs = reader.globs.build().unwrap_or_else(|error| {
            reader.problems.push(Problem {
                line: 1,
                span: 0..0,
                message: format!("too many patterns: {error}"),
            });
            GlobSet::empty()
        });
        CodeOwners {
            base: PathBuf::new(),
            path: PathBuf::new(),
            text: text.into(),
            dialect,
            problems: reader.problems,
            lines: reader.lines,
            globs,
            line_of_glob: reader.line_of_glob,
        }
    }
}

struct Reader {
    dialect: Dialect,
    lines: Vec<Line>,
    globs: GlobSetBuilder,
    line_of_glob: Vec<usize>,
    problems: Vec<Problem>,
    section: String,
    section_owners: Vec<Spanned<String>>,
}

impl Reader {
    fn new() -> Self {
        Reader {
            dialect: Dialect::GitHub,
            lines: Vec::new(),
            globs: GlobSetBuilder::new(),
            line_of_glob: Vec::new(),
            problems: Vec::new(),
            section: String::new(),
            section_owners: Vec::new(),
        }
    }

    fn line(&mut self, number: u32, offset: usize, line: &str) {
        let indent = line.len() - line.trim_start().len();
        let (offset, line) = (offset + indent, line.trim());
        if line.is_empty() || line.starts_with('#') {
            return;
        }
        let mut problem = |message: String| {
            self.problems.push(Problem { line: number, span: offset..offset + line.len(), message });
        };
        if self.dialect == Dialect::GitLab
            && let Some((name, rest)) = section(line)
        {
            // Sections of one name are one section, and their case does not matter.
            self.section = name.to_lowercase();
            let at = offset + (line.len() - rest.len());
            self.section_owners = owners(rest, at, |_| {});
            return;
        }
        let (raw, rest) = split_pattern(line);
        let excludes = raw.starts_with('!');
        if excludes && self.dialect == Dialect::GitHub {
            return problem("GitHub does not support `!`, the line has no effect".to_owned());
        }
        let mut bad = None;
        let mut owners = owners(rest, offset + (line.len() - rest.len()), |word| bad = Some(word.to_owned()));
        if let Some(word) = bad {
            problem(format!("`{word}` is no owner: write `@user`, `@org/team` or an address"));
            // GitHub skips such a line whole, GitLab only the word.
            if self.dialect == Dialect::GitHub {
                return;
            }
        }
        let globs = match pattern::globs(raw.trim_start_matches('!'), self.dialect) {
            Ok(globs) => globs,
            Err(message) => return problem(message),
        };
        for glob in globs {
            self.globs.add(glob);
            self.line_of_glob.push(self.lines.len());
        }
        if owners.is_empty() {
            owners = self.section_owners.clone();
        }
        if excludes {
            owners.clear();
        }
        let end = owners.last().map_or(offset + raw.len(), |last| last.span().end).max(offset + raw.len());
        self.lines.push(Line {
            number,
            span: offset..end.min(offset + line.len()),
            owners,
            is_catch_all: pattern::is_catch_all(raw),
            section: self.section.clone(),
            excludes,
        });
    }
}

/// `[Name]`, `^[Name][2] @default`: the name and what follows.
fn section(line: &str) -> Option<(&str, &str)> {
    let (name, mut rest) = line.strip_prefix('^').unwrap_or(line).strip_prefix('[')?.split_once(']')?;
    if let Some((count, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        count.parse::<u32>().ok()?;
        rest = after;
    }
    let owners_follow = rest.is_empty() || rest.starts_with(char::is_whitespace);
    (owners_follow && !name.trim().is_empty()).then_some((name.trim(), rest))
}

/// The pattern ends at the first space that no backslash precedes.
fn split_pattern(line: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c.is_whitespace() => return line.split_at(at),
            _ => {}
        }
    }
    (line, "")
}

fn owners(text: &str, offset: usize, mut bad: impl FnMut(&str)) -> Vec<Spanned<String>> {
    let mut owners = Vec::new();
    let mut at = 0;
    for word in text.split(char::is_whitespace) {
        let start = offset + at;
        // Any white space but the ASCII kind is longer than one byte.
        at += word.len() + text[at + word.len()..].chars().next().map_or(0, char::len_utf8);
        if word.starts_with('#') {
            break;
        }
        if word.is_empty() {
            continue;
        }
        match is_owner(word) {
            true => owners.push(Spanned::new(start..start + word.len(), word.to_owned())),
            false => bad(word),
        }
    }
    owners
}

fn is_owner(word: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    match word.split_once('@') {
        Some(("", handle)) => {
            let handle = handle.strip_prefix('@').unwrap_or(handle);
            handle.starts_with(|c: char| c.is_alphanumeric() || c == '_') && handle.chars().all(fits)
        }
        Some((_, domain)) => !domain.is_empty() && !domain.contains('@') && domain.chars().all(fits),
        None => false,
    }
}
