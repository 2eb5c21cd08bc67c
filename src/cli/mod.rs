//! The command line.

use crate::analysis::{Settings, analyse};
use crate::report::{Format, HumanOptions, ScanReport};
use std::io::Write;

/// Runs the program and returns its exit code.
pub fn main() -> std::process::ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let today = jiff::Zoned::now().date();
    let analysis = analyse(std::path::Path::new(&args[2]), &Settings::default(), today).unwrap();
    let rules: Vec<_> = crate::rules::all().iter().map(|rule| rule.info()).collect();
    let report = ScanReport {
        sources: &analysis.sources,
        findings: &analysis.findings,
        gaps: &analysis.gaps,
        rules: &rules,
        redactions: &analysis.redactions,
        stats: analysis.stats,
        hidden: analysis.hidden,
        today: today.to_string(),
        fail_on: None,
    };
    let format: Format = args.get(3).map_or("human", |s| s).parse().unwrap();
    let text = format.render(&report, &HumanOptions::default());
    std::io::stdout().write_all(text.as_bytes()).ok();
    std::process::ExitCode::SUCCESS
}
