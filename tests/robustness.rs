//! Whatever the bytes are, parsing and analysing them ends without a panic, and every place it names is in
//! the file and between characters.
//!
//! `PROPTEST_CASES` sets the number of mutated files, `KEYWARD_CORPUS` names a directory whose files are
//! mutated beside those of `testdata`.

use keyward::analysis::{Analysis, Settings, analyse};
use keyward::source::{FileId, FileKind, SourceFile, SourceMap, Span};
use keyward::syntax::ast::{Attribute, Body, Expr, ExprKind, ObjectKey, Piece, StepKind};
use keyward::syntax::{self, Parsed};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Files above this are cut at fewer places.
const LARGE: usize = 4_096;
/// Files of an outside corpus above this would only make the cases slow.
const LARGEST: u64 = 64 << 10;

fn corpus() -> &'static [(PathBuf, Vec<u8>)] {
    static CORPUS: OnceLock<Vec<(PathBuf, Vec<u8>)>> = OnceLock::new();
    CORPUS.get_or_init(|| {
        let mut found = testdata().to_vec();
        if let Some(more) = std::env::var_os("KEYWARD_CORPUS") {
            found.extend(files(Path::new(&more)));
        }
        assert!(!found.is_empty());
        found
    })
}

fn testdata() -> &'static [(PathBuf, Vec<u8>)] {
    static TESTDATA: OnceLock<Vec<(PathBuf, Vec<u8>)>> = OnceLock::new();
    TESTDATA.get_or_init(|| files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")))
}

fn files(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut pending = vec![root.to_path_buf()];
    while let Some(dir) = pending.pop() {
        for entry in std::fs::read_dir(&dir).expect("readable").flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let path = entry.path();
            if kind.is_dir() {
                pending.push(path);
            } else if kind.is_file()
                && FileKind::of(&entry.file_name().to_string_lossy()).is_some()
                && entry.metadata().is_ok_and(|meta| meta.len() <= LARGEST)
            {
                found.push((path.clone(), std::fs::read(&path).expect("readable")));
            }
        }
    }
    found.sort();
    found
}

fn parse(path: &Path, bytes: &[u8]) -> (SourceFile, Parsed) {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let kind = FileKind::of(&name).unwrap_or(FileKind::Hcl);
    let file = SourceFile::new(FileId(0), name, path.to_path_buf(), kind, bytes.to_vec());
    let parsed = syntax::parse(&file);
    check(&file, &parsed);
    (file, parsed)
}

// Every place of a tree.

fn check(file: &SourceFile, parsed: &Parsed) {
    assert!(parsed.items >= parsed.broken);
    assert!(parsed.broken <= parsed.errors.len());
    let mut places = Places { file };
    for error in &parsed.errors {
        places.is_sound(error.span);
        places.is_sound(error.item);
    }
    places.body(&parsed.body);
}

struct Places<'a> {
    file: &'a SourceFile,
}

impl Places<'_> {
    fn is_sound(&mut self, span: Span) {
        let range = span.range();
        let text = self.file.text.get(range.clone());
        assert!(text.is_some(), "{range:?} of {} bytes of {:?}", self.file.text.len(), self.file.text);
    }

    fn body(&mut self, body: &Body) {
        body.attributes.iter().for_each(|attribute| self.attribute(attribute));
        for block in &body.blocks {
            [block.span, block.header, block.kind_span].into_iter().for_each(|span| self.is_sound(span));
            block.labels.iter().for_each(|label| self.is_sound(label.span));
            self.body(&block.body);
        }
    }

    fn attribute(&mut self, attribute: &Attribute) {
        self.is_sound(attribute.span);
        self.is_sound(attribute.name_span);
        self.expr(&attribute.expr);
    }

    fn expr(&mut self, expr: &Expr) {
        self.is_sound(expr.span);
        match &expr.kind {
            ExprKind::Template(pieces) => self.pieces(pieces),
            ExprKind::List(items) => items.iter().for_each(|item| self.expr(item)),
            ExprKind::Object(entries) => {
                for (key, value) in entries {
                    match key {
                        ObjectKey::Word(_, span) => self.is_sound(*span),
                        ObjectKey::Expr(key) => self.expr(key),
                    }
                    self.expr(value);
                }
            }
            ExprKind::Traversal(root, steps) => {
                self.expr(root);
                for step in steps {
                    self.is_sound(step.span);
                    if let StepKind::Index(index) = &step.kind {
                        self.expr(index);
                    }
                }
            }
            ExprKind::Call(call) => {
                self.is_sound(call.name_span);
                call.args.iter().for_each(|arg| self.expr(arg));
            }
            ExprKind::Conditional(parts) => parts.iter().for_each(|part| self.expr(part)),
            ExprKind::Not(inner) | ExprKind::Negate(inner) | ExprKind::Paren(inner) => self.expr(inner),
            ExprKind::Binary(parts) => {
                self.expr(&parts.0);
                self.expr(&parts.2);
            }
            ExprKind::For(parsed) => {
                self.expr(&parsed.collection);
                self.expr(&parsed.value_expr);
                parsed.key_expr.iter().chain(&parsed.condition).for_each(|expr| self.expr(expr));
            }
            _ => {}
        }
    }

    fn pieces(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            match piece {
                Piece::Text(_, span) => self.is_sound(*span),
                Piece::Interpolation(expr) => self.expr(expr),
                Piece::If(parsed) => {
                    self.expr(&parsed.condition);
                    self.pieces(&parsed.then);
                    self.pieces(&parsed.otherwise);
                }
                Piece::For(parsed) => {
                    self.expr(&parsed.collection);
                    self.pieces(&parsed.body);
                }
            }
        }
    }
}

/// Analyses one file alone in a directory, and holds every place in the result against the sources.
fn analysed(path: &Path, bytes: &[u8]) -> Analysis {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let name = path.file_name().unwrap_or_default();
    std::fs::write(dir.path().join(name), bytes).expect("written");
    let analysis =
        analyse(dir.path(), &Settings::default(), jiff::civil::date(2026, 11, 22)).expect("readable");
    assert!(!analysis.internal_error, "{:?}", analysis.gaps);
    assert!(analysis.stats.blocks >= analysis.stats.blocks_analysed);
    let sources = &analysis.sources;
    analysis.gaps.iter().filter_map(|gap| gap.span).for_each(|span| in_sources(sources, span));
    analysis.redactions.iter().for_each(|span| in_sources(sources, *span));
    for finding in &analysis.findings {
        finding.sites.iter().for_each(|site| in_sources(sources, site.span));
        finding.related.iter().chain(&finding.route).for_each(|label| in_sources(sources, label.span));
        finding.redactions.iter().for_each(|span| in_sources(sources, *span));
    }
    for resource in analysis.estate.models.iter().flat_map(|model| &model.project.resources) {
        in_sources(sources, resource.header());
        resource.body.each_attr(&mut |_, attr| {
            [attr.span, attr.name_span].into_iter().for_each(|span| in_sources(sources, span));
            attr.value
                .walk(&mut |value| value.meta.span.into_iter().for_each(|span| in_sources(sources, span)));
        });
    }
    analysis
}

#[track_caller]
fn in_sources(sources: &SourceMap, span: Span) {
    let file = sources.find(span.file).expect("a place is in a file of the scan");
    assert!(file.text.get(span.range()).is_some(), "{:?} of {:?}", span.range(), file.text);
}

/// Ends of prefixes: all of a small file, inside of characters too; every seventh byte of a large one.
fn prefixes(bytes: &[u8], step: usize) -> impl Iterator<Item = &[u8]> {
    let step = if bytes.len() > LARGE { step * 7 } else { step };
    (0..=bytes.len()).step_by(step).map(|end| &bytes[..end])
}

#[test]
fn every_prefix_parses() {
    for (path, bytes) in testdata() {
        for prefix in prefixes(bytes, 1) {
            parse(path, prefix);
        }
    }
}

#[test]
fn prefixes_are_analysed() {
    // A prime, so that all kinds of places are hit over the files.
    let total: usize = testdata().iter().map(|(_, bytes)| bytes.len()).sum();
    let step = (total / 400).max(1) | 1;
    for (path, bytes) in testdata() {
        for prefix in prefixes(bytes, step) {
            analysed(path, prefix);
        }
    }
}

#[test]
fn the_corpus_is_sound_as_it_is() {
    for (path, bytes) in corpus() {
        parse(path, bytes);
    }
}

// Mutations.

#[derive(Clone, Debug)]
enum Edit {
    Delete(usize, usize),
    Duplicate(usize, usize),
    Swap(usize, usize),
    Insert(usize, &'static str),
    Byte(usize, u8),
    Truncate(usize),
}

/// What gives a parser trouble.
const TROUBLE: [&str; 40] = [
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "${",
    "%{",
    "$${",
    "%%{",
    "}\"",
    "\\",
    "\\u",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "=",
    "<<EOT\n",
    "<<-EOT\n",
    "EOT\n",
    "\nEOT\n",
    "#",
    "//",
    "/*",
    "*/",
    "?",
    ":",
    "...",
    "..",
    "[*]",
    ".*",
    "for ",
    "%{ if ",
    "%{ endif }",
    "\u{feff}",
    "é",
    "😀",
    "\0",
];

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let at = || any::<u32>().prop_map(|at| at as usize);
    let edit = prop_oneof![
        (at(), 1_usize..40).prop_map(|(at, len)| Edit::Delete(at, len)),
        (at(), 1_usize..200).prop_map(|(at, len)| Edit::Duplicate(at, len)),
        (at(), at()).prop_map(|(one, other)| Edit::Swap(one, other)),
        (at(), 0..TROUBLE.len()).prop_map(|(at, which)| Edit::Insert(at, TROUBLE[which])),
        (at(), any::<u8>()).prop_map(|(at, byte)| Edit::Byte(at, byte)),
        at().prop_map(Edit::Truncate),
    ];
    proptest::collection::vec(edit, 1..6)
}

fn mutated(mut bytes: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for edit in edits {
        let len = bytes.len();
        let place = |at: usize| at % (len + 1);
        match *edit {
            Edit::Delete(at, count) => drop(bytes.drain(place(at)..(place(at) + count).min(len))),
            Edit::Duplicate(at, count) => {
                let copy = bytes[place(at)..(place(at) + count).min(len)].to_vec();
                bytes.splice(place(at)..place(at), copy);
            }
            Edit::Swap(one, other) if len > 0 => bytes.swap(one % len, other % len),
            Edit::Swap(..) => {}
            Edit::Insert(at, text) => drop(bytes.splice(place(at)..place(at), text.bytes())),
            Edit::Byte(at, byte) if len > 0 => bytes[at % len] = byte,
            Edit::Byte(..) => {}
            Edit::Truncate(at) => bytes.truncate(place(at)),
        }
    }
    bytes
}

#[test]
fn mutated_files_are_analysed() {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(300);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let strategy = (any::<prop::sample::Index>(), edits());
    let result = runner.run(&strategy, |(which, edits)| {
        let (path, bytes) = which.get(corpus());
        let bytes = mutated(bytes.clone(), &edits);
        parse(path, &bytes);
        analysed(path, &bytes);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn any_text_parses() {
    let mut runner = TestRunner::new(Config { cases: 500, failure_persistence: None, ..Config::default() });
    let word = prop_oneof![
        (0..TROUBLE.len()).prop_map(|which| TROUBLE[which].to_string()),
        "[a-z0-9 .,]{0,6}",
        Just("resource \"a\" \"b\" ".to_string()),
    ];
    let words = proptest::collection::vec(word, 0..40);
    let result = runner.run(&words, |words| {
        let text = words.concat();
        for name in ["a.tf", "a.tf.json", "a.tfvars"] {
            parse(Path::new(name), text.as_bytes());
        }
        let template = syntax::parse_template_text(&text, FileId(0), 0);
        let expression = syntax::parse_expression(&text, FileId(0));
        let _ = (template.is_ok(), expression.is_ok());
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
