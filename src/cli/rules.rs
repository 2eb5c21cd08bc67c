use super::args::RulesArgs;
use super::{CLEAN, Trouble, output};
use crate::rules;
use serde_json::json;
use std::fmt::Write;

pub(super) fn run(args: &RulesArgs) -> Result<u8, Trouble> {
    let infos = rules::all().iter().map(|rule| rule.info());
    let mut text = String::new();
    if args.json {
        let list: Vec<_> = infos
            .map(|info| {
                json!({
                    "code": info.code, "name": info.name, "summary": info.summary, "category": info.category,
                    "severity": info.severity, "confidence": info.confidence, "persona": info.persona,
                    "fix": info.fix.name(), "nhi": info.nhi, "csf": info.csf, "cis": info.cis,
                })
            })
            .collect();
        text = serde_json::to_string_pretty(&list).unwrap_or_default();
        text.push('\n');
    } else {
        for info in infos {
            let severity = info.severity.to_string();
            let _ = writeln!(text, "{}  {severity:<8}  {:<32}  {}", info.code, info.name, info.summary);
        }
    }
    output::print(&text)?;
    Ok(CLEAN)
}
