//! Finding and reading `keyward.toml`; every problem in it is shown at its characters.

use super::Trouble;
use super::args::InputArgs;
use super::args::RuleArgs;
use crate::analysis::Settings;
use crate::config::{self, ConfigError, LoadError};
use crate::rules;
use crate::source::Tree;
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource, Report};
use std::path::{Path, PathBuf};

/// Settings by the configuration that is named, or by the nearest one.
pub(super) fn load(args: &InputArgs) -> Result<Settings, Trouble> {
    let path = start(&args.path);
    let tree = Tree::from(&path);
    let read = match (&args.config, args.no_config) {
        (Some(file), _) => Settings::read(&tree, file),
        (None, true) => Ok(Settings::default()),
        (None, false) => Settings::of(&tree),
    };
    read.map_err(trouble)
}

/// A configuration that cannot be used; its problems are shown on the way.
pub(super) fn trouble(error: LoadError) -> Trouble {
    match error {
        LoadError::Unreadable { .. } => Trouble::new(error.to_string()),
        LoadError::Invalid { path, text, errors } => {
            for error in &errors {
                eprint!("{}", shown(&path, &text, error));
            }
            let count = errors.len();
            let problems = if count == 1 { "one problem" } else { "problems" };
            Trouble::new(format!("{} has {problems}, so nothing was analysed", path.display()))
                .help("docs/configuration.md lists every key")
        }
    }
}

fn start(path: &Path) -> PathBuf {
    let path = if path == Path::new("-") { Path::new(".") } else { path };
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}

fn shown(path: &Path, text: &str, error: &ConfigError) -> String {
    let mut diagnostic = MietteDiagnostic::new(error.message.clone());
    if let Some(span) = &error.span {
        diagnostic = diagnostic.with_label(LabeledSpan::new_with_span(None, span.clone()));
    }
    if let Some(help) = &error.help {
        diagnostic = diagnostic.with_help(help.clone());
    }
    let report = Report::new(diagnostic)
        .with_source_code(NamedSource::new(path.display().to_string(), text.to_string()));
    let mut out = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor());
    match handler.render_report(&mut out, report.as_ref()) {
        Ok(()) => out,
        Err(_) => format!("{}: {}\n", path.display(), error.message),
    }
}

/// A selector that matches no rule is a mistake that would silently switch checks off.
pub(super) fn check_selectors(args: &RuleArgs) -> Result<(), Trouble> {
    for selector in args.select.iter().chain(&args.ignore) {
        let matches = rules::all().iter().any(|rule| {
            let info = rule.info();
            config::selects(selector, info.name, info.code, info.category)
        });
        if !matches {
            let near = nearest(selector);
            let help = match near {
                Some(name) => format!("did you mean `{name}`? `keyward rules` lists them all"),
                None => "`keyward rules` lists them all".to_string(),
            };
            return Err(Trouble::new(format!("there is no rule, code or category `{selector}`")).help(help));
        }
    }
    Ok(())
}

/// The rule name with the fewest edits, when it is near enough to be a slip.
pub(super) fn nearest(text: &str) -> Option<&'static str> {
    let names = rules::all().iter().map(|rule| rule.info().name);
    let scored = names.map(|name| (distance(text, name), name)).min()?;
    (scored.0 <= 1 + text.len() / 3).then_some(scored.1)
}

fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let cost = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
