use super::Dialect;
use globset::{Glob, GlobBuilder};

/// Whether a pattern covers every path of the repository.
pub(super) fn is_catch_all(pattern: &str) -> bool {
    matches!(pattern, "*" | "/" | "**" | "/**" | "**/*" | "/**/*" | "**/**")
}

/// The globs that together match what the pattern covers, over paths without a leading slash.
pub(super) fn globs(pattern: &str, dialect: Dialect) -> Result<Vec<Glob>, String> {
    if is_catch_all(pattern) {
        return Ok(vec![build("**", pattern)?]);
    }
    let body = pattern.trim_start_matches('/');
    let names_dir = body.ends_with('/');
    let body = body.trim_end_matches('/');
    if body.is_empty() {
        return Err("the pattern is empty".to_owned());
    }
    // As in .gitignore, a slash before the end ties GitHub's patterns to the root; GitLab's only a leading one.
    let anchored = pattern.starts_with('/') || (dialect == Dialect::GitHub && body.contains('/'));
    let rooted = match anchored || body.starts_with("**/") {
        true => escape(body, dialect),
        false => format!("**/{}", escape(body, dialect)),
    };
    let below = format!("{rooted}/**");
    // `docs/*` stops at the files of `docs`; `docs` covers all below it on GitHub, and is one file on GitLab.
    let only_itself = body.ends_with("/*") || dialect == Dialect::GitLab;
    let texts = match (names_dir, only_itself) {
        (true, _) => vec![below],
        (false, true) => vec![rooted],
        (false, false) => vec![rooted, below],
    };
    texts.iter().map(|text| build(text, pattern)).collect()
}

fn build(glob: &str, pattern: &str) -> Result<Glob, String> {
    GlobBuilder::new(glob)
        .literal_separator(true)
        .backslash_escape(true)
        .build()
        .map_err(|error| format!("`{pattern}` is not a pattern: {}", error.kind()))
}

/// Braces are plain characters here, and on GitHub brackets are as well: `app/[id]/page.tf` is a path.
fn escape(pattern: &str, dialect: Dialect) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                out.push('\\');
                // A backslash at the end escapes nothing and is meant as itself.
                out.push(chars.next().unwrap_or('\\'));
            }
            '{' | '}' => out.extend(['\\', c]),
            '[' | ']' if dialect == Dialect::GitHub => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}
