//! Typing in a real repository: is what is shown what a scan says, and how soon is it there? Run it with
//! `KEYWARD_ESTATE=DIR cargo test --release --test lsp estate -- --ignored --nocapture`; `KEYWARD_EDITS` says how often
//! something is typed, and `KEYWARD_RESTS` how many times the result is held against a scan.

use super::editor::{Editor, scan, write};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn number(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

/// Copies what is scanned, so that the original stays as it is.
fn copy(from: &Path, to: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(from).expect("readable").flatten() {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().expect("a type");
        if kind.is_dir() && entry.file_name() != ".git" {
            std::fs::create_dir_all(&target).expect("made");
            copy(&source, &target, files);
        } else if kind.is_file() {
            std::fs::copy(&source, &target).expect("copied");
            let is_text =
                std::fs::read_to_string(&target).is_ok_and(|text| text.is_ascii() && !text.is_empty());
            if target.extension().is_some_and(|it| it == "tf") && is_text {
                files.push(target);
            }
        }
    }
}

#[test]
#[ignore = "needs a repository in KEYWARD_ESTATE, and a release build to say anything about time"]
#[allow(clippy::print_stdout, reason = "it measures")]
fn typing_in_an_estate() {
    let estate = std::env::var_os("KEYWARD_ESTATE").expect("KEYWARD_ESTATE names a directory");
    let temp = tempfile::tempdir().expect("a directory");
    let root = temp.path().canonicalize().expect("a path");
    let mut files = Vec::new();
    copy(Path::new(&estate), &root, &mut files);
    files.sort();
    let begin = Instant::now();
    let mut editor = Editor::of(&root);
    editor.rest();
    println!("{} files, open after {:?}", files.len(), begin.elapsed());
    assert_eq!(editor.findings(&root), scan(&root), "at the beginning");

    let (edits, rests) = (number("KEYWARD_EDITS", 1000), number("KEYWARD_RESTS", 10));
    let mut random = Random(7);
    let mut took = Vec::new();
    let pieces =
        ["}", "\n", "\"*\"", "# x\n", "{", "a", "resource \"aws_iam_user\" \"n\" {}\n", "", "", " ", "\""];
    let mut open: Vec<(PathBuf, String, i64, String)> = Vec::new();
    for edit in 1..=edits {
        if open.is_empty() || random.below(20) == 0 {
            let path = files[random.below(files.len())].clone();
            if !open.iter().any(|(known, ..)| *known == path) {
                let text = std::fs::read_to_string(&path).expect("readable");
                editor.open(&path, &text);
                open.push((path, text.clone(), 1, text));
            }
        }
        let at = random.below(open.len());
        let (path, text, version, original) = &mut open[at];
        *version += 1;
        let change = match random.below(4) {
            // Back to how it was, so that there is always something to find.
            0 => {
                text.clone_from(original);
                json!([{ "text": text }])
            }
            _ => {
                let from = random.below(text.len() + 1);
                let to = (from + random.below(12)).min(text.len());
                let piece = pieces[random.below(pieces.len())];
                let change = json!([{ "range": { "start": position(text, from), "end": position(text, to) }, "text": piece }]);
                text.replace_range(from..to, piece);
                change
            }
        };
        let key = super::editor::uri(path);
        let (path, version) = (path.clone(), *version);
        let begin = Instant::now();
        editor.change(&path, version, change);
        while editor.shown.get(&key).is_none_or(|shown| shown.version != Some(version)) {
            editor.take().expect("it shows something");
        }
        took.push(begin.elapsed());
        if edit % (edits / rests).max(1) == 0 {
            editor.rest();
            for (path, text, ..) in &open {
                write(Path::new("/"), &path.display().to_string(), text);
            }
            assert_eq!(editor.findings(&root), scan(&root), "after {edit} edits");
        }
    }
    took.sort();
    let share = |percent: usize| -> Duration { took[(took.len() - 1) * percent / 100] };
    println!("{} edits: p50 {:?}, p99 {:?}, most {:?}", took.len(), share(50), share(99), share(100));
    editor.leave();
}

fn position(text: &str, at: usize) -> Value {
    let line = text[..at].matches('\n').count();
    json!({ "line": line, "character": at - text[..at].rfind('\n').map_or(0, |at| at + 1) })
}
