//! The rule pages, made from what the rules say of themselves.

use super::args::DocsArgs;
use super::{CLEAN, FINDINGS, Trouble};
use crate::report::rule_page;
use crate::rules;
use std::collections::BTreeMap;
use std::path::Path;

pub(super) fn run(args: &DocsArgs) -> Result<u8, Trouble> {
    let infos: Vec<_> = rules::all().iter().map(|rule| rule.info()).collect();
    let mut pages: BTreeMap<String, String> =
        infos.iter().map(|info| (format!("{}.md", info.name), rule_page::page(info))).collect();
    pages.insert("README.md".to_string(), rule_page::index(&infos));
    let stale: Vec<_> = pages.iter().filter(|(name, text)| !is_current(&args.dir.join(name), text)).collect();
    let left_over = left_over(&args.dir, &pages);
    if args.check {
        for name in stale.iter().map(|(name, _)| name.as_str()).chain(left_over.iter().map(String::as_str)) {
            eprintln!("out of date: {}", args.dir.join(name).display());
        }
        return Ok(if stale.is_empty() && left_over.is_empty() { CLEAN } else { FINDINGS });
    }
    let trouble =
        |error: std::io::Error| Trouble::new(format!("cannot write `{}`: {error}", args.dir.display()));
    std::fs::create_dir_all(&args.dir).map_err(trouble)?;
    for (name, text) in stale {
        std::fs::write(args.dir.join(name), text).map_err(trouble)?;
    }
    for name in left_over {
        std::fs::remove_file(args.dir.join(name)).map_err(trouble)?;
    }
    Ok(CLEAN)
}

fn is_current(path: &Path, text: &str) -> bool {
    std::fs::read_to_string(path).is_ok_and(|known| known == text)
}

/// Pages of rules that are no more.
fn left_over(dir: &Path, pages: &BTreeMap<String, String>) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().to_string());
    let mut names: Vec<_> = names.filter(|name| name.ends_with(".md") && !pages.contains_key(name)).collect();
    names.sort();
    names
}
