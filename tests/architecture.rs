//! Holds every import under `src/` against the layer table of `docs/architecture.md`.

use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What each module may use beside itself. `source` and `diagnostic` are one layer: discovery reports gaps,
/// and a gap has a span.
const LAYERS: [(&str, &[&str]); 28] = [
    ("iam", &[]),
    ("secret", &[]),
    ("dates", &[]),
    ("source", &["diagnostic"]),
    ("diagnostic", &["source"]),
    ("git", &["source"]),
    ("syntax", &["source", "diagnostic"]),
    ("config", &["source", "diagnostic", "dates"]),
    ("owners", &["source", "config", "dates"]),
    ("eval", &["source", "diagnostic", "syntax"]),
    ("identity", &["source", "diagnostic", "syntax", "eval", "iam", "secret", "dates", "config", "owners"]),
    ("query", &["source", "config", "eval", "iam", "identity"]),
    (
        "rules",
        &[
            "source",
            "diagnostic",
            "syntax",
            "eval",
            "iam",
            "secret",
            "dates",
            "config",
            "owners",
            "identity",
            "query",
        ],
    ),
    ("baseline", &["diagnostic"]),
    ("waiver", &["source", "diagnostic", "syntax", "config"]),
    ("report", &["source", "diagnostic", "config", "iam", "identity", "query", "rules", "review"]),
    ("review", &["source", "diagnostic", "eval", "iam", "identity", "query", "rules", "analysis"]),
    (
        "analysis",
        &[
            "source",
            "diagnostic",
            "syntax",
            "eval",
            "iam",
            "secret",
            "dates",
            "config",
            "owners",
            "identity",
            "query",
            "rules",
            "waiver",
            "baseline",
        ],
    ),
    ("workspace", &["source", "diagnostic", "syntax", "eval", "identity", "rules", "waiver", "analysis"]),
    ("fix", &["source", "diagnostic", "report", "analysis"]),
    ("forge", &[]),
    ("rotation", &["source", "diagnostic", "config", "dates", "owners", "eval", "identity", "report"]),
    ("live", &["source", "config", "dates", "owners", "eval", "identity", "report", "forge", "rotation"]),
    (
        "pr",
        &[
            "source",
            "diagnostic",
            "config",
            "owners",
            "identity",
            "rules",
            "report",
            "analysis",
            "fix",
            "forge",
        ],
    ),
    (
        "staged",
        &[
            "source",
            "diagnostic",
            "syntax",
            "config",
            "dates",
            "eval",
            "identity",
            "rules",
            "report",
            "analysis",
            "fix",
            "forge",
            "pr",
            "rotation",
        ],
    ),
    ("migrate", &["source", "diagnostic", "waiver", "analysis", "fix"]),
    (
        "lsp",
        &[
            "source",
            "diagnostic",
            "syntax",
            "config",
            "iam",
            "eval",
            "identity",
            "query",
            "waiver",
            "baseline",
            "report",
            "analysis",
            "workspace",
        ],
    ),
    (
        "cli",
        &[
            "source",
            "diagnostic",
            "syntax",
            "eval",
            "iam",
            "secret",
            "dates",
            "config",
            "owners",
            "identity",
            "query",
            "rules",
            "waiver",
            "baseline",
            "report",
            "analysis",
            "fix",
            "migrate",
            "git",
            "forge",
            "pr",
            "review",
            "lsp",
            "rotation",
            "live",
            "staged",
        ],
    ),
];

/// What may appear only in some modules, as a word of the code.
const ONLY_IN: [(&str, &[&str]); 13] = [
    (r"\bhcl_edit::", &["syntax"]),
    // Rosters are JSON whose errors have places.
    (r"\bjsonc_parser::", &["syntax", "owners"]),
    (r"\bgix::", &["git"]),
    (r"\boctocrab::", &["forge"]),
    (r"\bring::", &["forge", "rotation"]),
    (r"\btokio::", &["forge", "rotation"]),
    (r"\b(aws_sigv4|aws_credential_types|hyper_rustls|hyper_util|roxmltree|rusqlite)::", &["rotation"]),
    (
        r"\b(crypto_box|postgres_protocol|rustls_native_certs|ssh_key|tokio_postgres|tokio_rustls|webpki)::",
        &["rotation"],
    ),
    (r"\bpetgraph::", &["identity"]),
    (r"\bclap(_complete)?::", &["cli"]),
    (r"\bmiette::", &["report", "cli"]),
    (r"\btoml::", &["config"]),
    // `today` is an argument everywhere else, so that equal input gives equal output. Unit tests may look
    // at the clock, to notice what takes too long.
    (r"\bZoned::now\b|\bTimestamp::now\b|\bSystemTime::now\b|\bInstant::now\b", &["cli"]),
];

/// What may appear anywhere but in some modules.
const NOT_IN: [(&str, &[&str]); 1] = [(r"\brayon::", &["iam", "secret"])];

const MAX_LINES: usize = 600;

struct File {
    path: String,
    /// First directory or file name below `src`, without extension.
    module: String,
    lines: usize,
    /// The code without comments and strings, tests included.
    code: String,
}

impl File {
    fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs") || self.path.contains("/testing/")
    }
}

fn sources() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut pending = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(dir) = pending.pop() {
        for entry in std::fs::read_dir(&dir).expect("readable") {
            let path = entry.expect("readable").path();
            match path.extension().and_then(|extension| extension.to_str()) {
                _ if path.is_dir() => pending.push(path),
                Some("rs") => found.push(file(&root, &path)),
                _ => {}
            }
        }
    }
    found.sort_by(|left, right| left.path.cmp(&right.path));
    found
}

fn file(root: &Path, path: &PathBuf) -> File {
    let text = std::fs::read_to_string(path).expect("readable");
    let relative = path.strip_prefix(root).expect("below src").to_string_lossy().replace('\\', "/");
    let module = relative.split('/').next().unwrap_or_default().trim_end_matches(".rs").to_string();
    File { path: format!("src/{relative}"), module, lines: text.lines().count(), code: code_of(&text) }
}

/// Blanks comments and the inside of strings.
fn code_of(text: &str) -> String {
    let noise =
        Regex::new(r##"(?s)//[^\n]*|/\*.*?\*/|r#".*?"#|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)'"##).expect("valid");
    noise.replace_all(text, "\"\"").into_owned()
}

/// Every module of ours that a file names: `crate::a::…`, and `crate::{a::…, b}` and `keyward::…` too.
fn imports(code: &str) -> BTreeSet<String> {
    let single = Regex::new(r"\b(?:crate|keyward)::([a-z_]+)").expect("valid");
    let group = Regex::new(r"\b(?:crate|keyward)::\{").expect("valid");
    let mut found: BTreeSet<String> = single.captures_iter(code).map(|found| found[1].to_string()).collect();
    for start in group.find_iter(code) {
        found.extend(group_heads(&code[start.end()..]));
    }
    found
}

/// First names of the entries of a `{…}` that has just been opened.
fn group_heads(rest: &str) -> Vec<String> {
    let mut depth = 0;
    let mut heads = vec![String::new()];
    let mut in_head = true;
    for c in rest.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                heads.push(String::new());
                in_head = true;
            }
            ':' => in_head = false,
            c if in_head && depth == 0 && (c.is_alphanumeric() || c == '_') => {
                heads.last_mut().expect("never empty").push(c);
            }
            _ => {}
        }
    }
    heads.retain(|head| !head.is_empty());
    heads
}

/// `super::super::…` must not climb out of a module either.
fn climbs_out(file: &File) -> bool {
    let levels = file.path.matches('/').count() - 1 + usize::from(!file.path.ends_with("/mod.rs"));
    // Inline modules such as `mod tests` add a level.
    let levels = levels + usize::from(file.code.contains("mod tests {"));
    let climb = Regex::new(r"(?:\bsuper::)+").expect("valid");
    climb.find_iter(&file.code).any(|found| found.as_str().len() / "super::".len() >= levels)
}

#[test]
fn layers_use_only_what_is_below_them() {
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        LAYERS.iter().map(|(module, below)| (*module, below.iter().copied().collect())).collect();
    let mut broken = Vec::new();
    for file in sources() {
        if matches!(file.module.as_str(), "lib" | "main") {
            continue;
        }
        let Some(below) = allowed.get(file.module.as_str()) else {
            broken.push(format!("{} is in a module that the table does not know", file.path));
            continue;
        };
        for used in imports(&file.code) {
            if used != file.module && allowed.contains_key(used.as_str()) && !below.contains(used.as_str()) {
                broken.push(format!("{} uses `{used}`", file.path));
            }
        }
        if climbs_out(&file) {
            broken.push(format!("{} climbs out of its module with `super`", file.path));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_table_has_every_module() {
    let lib =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("readable");
    let declared: BTreeSet<&str> =
        lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let known: BTreeSet<&str> = LAYERS.iter().map(|(module, _)| *module).collect();
    assert_eq!(declared, known);
}

#[test]
fn the_table_has_no_circles() {
    for (module, below) in LAYERS {
        for used in below {
            let back = LAYERS
                .iter()
                .find(|(name, _)| name == used)
                .is_some_and(|(_, below)| below.contains(&module));
            let pair = [module, *used];
            assert!(
                !back || pair == ["source", "diagnostic"] || pair == ["diagnostic", "source"],
                "{pair:?}"
            );
        }
    }
}

#[test]
fn some_crates_and_the_clock_stay_where_they_are() {
    let mut broken = Vec::new();
    for file in sources() {
        let module = file.module.as_str();
        for (pattern, modules) in ONLY_IN {
            let watches = pattern.contains("::now") && file.is_test();
            if !watches
                && !modules.contains(&module)
                && Regex::new(pattern).expect("valid").is_match(&file.code)
            {
                broken.push(format!("{} uses {pattern}", file.path));
            }
        }
        for (pattern, modules) in NOT_IN {
            if modules.contains(&module) && Regex::new(pattern).expect("valid").is_match(&file.code) {
                broken.push(format!("{} uses {pattern}", file.path));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn only_the_command_line_prints() {
    let print = Regex::new(r"\be?print(?:ln)?!|\bstd(?:out|err)\(\)").expect("valid");
    let printing: Vec<_> = sources()
        .into_iter()
        .filter(|file| file.module != "cli" && print.is_match(&file.code))
        .map(|file| file.path)
        .collect();
    assert!(printing.is_empty(), "{printing:?}");
}

#[test]
fn no_file_is_long() {
    let long: Vec<_> = sources()
        .into_iter()
        .filter(|file| file.lines > MAX_LINES)
        .map(|file| format!("{}: {} lines", file.path, file.lines))
        .collect();
    assert!(long.is_empty(), "{long:?}");
}

#[test]
fn the_reader_of_imports_reads_them() {
    let code = code_of(
        "use crate::{eval::{a, b}, syntax};\n// crate::cli\nlet x = \"crate::rules\";\ncrate::iam::f()",
    );
    let found: Vec<_> = imports(&code).into_iter().collect();
    assert_eq!(found, ["eval", "iam", "syntax"]);
}
