use super::args::{ChoiceArgs, Color, ScanArgs};
use super::{CLEAN, FINDINGS, TROUBLE, Trouble, baseline, configuration, fixes, input, output};
use crate::analysis::{self, Analysis, Settings};
use crate::baseline::Baseline;
use crate::config::FailOn;
use crate::diagnostic::Severity;
use crate::report::{Format, HumanOptions, ScanReport};
use crate::rules::{self, RuleInfo};
use jiff::civil::Date;

pub(super) fn run(args: &ScanArgs) -> Result<u8, Trouble> {
    let mut settings = input::settings(&args.input)?;
    choose(&args.choice, &mut settings)?;
    let fail_on = analysis::fail_on(settings.config.fail_on);
    settings.baseline = known(args, &settings)?;
    let analysis = match fixes::wanted(args) {
        None => input::read(&args.input, &settings)?,
        Some(allow) => match fixes::run(args, &settings, allow)? {
            fixes::Done::Diff(code) => return Ok(code),
            fixes::Done::Written(analysis) => *analysis,
        },
    };
    let infos: Vec<&'static RuleInfo> = rules::all().iter().map(|rule| rule.info()).collect();
    let report = report(&analysis, &infos, fail_on, input::today(&args.input));
    let terminal = args.format == Format::Human && output::is_terminal();
    let options = human_options(args.color, terminal, args.verbose);
    output::print(&args.format.render(&report, &options))?;
    for (format, path) in &args.output {
        let plain = HumanOptions { color: false, ..options };
        std::fs::write(path, format.render(&report, &plain))
            .map_err(|error| Trouble::new(format!("cannot write `{}`: {error}", path.display())))?;
    }
    let code = match (analysis.internal_error, report.fails()) {
        (true, _) => TROUBLE,
        (false, true) => FINDINGS,
        (false, false) => CLEAN,
    };
    // The process ends here: giving the memory back value by value would only delay it.
    std::mem::forget(analysis);
    Ok(code)
}

/// What the command line says goes before the configuration.
pub(super) fn choose(args: &ChoiceArgs, settings: &mut Settings) -> Result<(), Trouble> {
    configuration::check_selectors(&args.rules)?;
    args.rules.choose(&mut settings.selection);
    settings.persona = args.persona.unwrap_or(settings.persona);
    if let Some(text) = &args.fail_on {
        settings.config.fail_on = parse_fail_on(text)?;
    }
    Ok(())
}

/// The baseline that is named, else the usual one if it is there.
fn known(args: &ScanArgs, settings: &Settings) -> Result<Option<Baseline>, Trouble> {
    if args.no_baseline {
        return Ok(None);
    }
    let usual = baseline::usual(&args.input.path, settings);
    match &args.baseline {
        Some(path) => baseline::read(path).map(Some),
        None if usual.is_file() => baseline::read(&usual).map(Some),
        None => Ok(None),
    }
}

pub(super) fn report<'a>(
    analysis: &'a Analysis,
    rules: &'a [&'static RuleInfo],
    fail_on: Option<Severity>,
    today: Date,
) -> ScanReport<'a> {
    ScanReport {
        sources: &analysis.sources,
        findings: &analysis.findings,
        gaps: &analysis.gaps,
        rules,
        redactions: &analysis.redactions,
        stats: analysis.stats,
        hidden: analysis.hidden,
        today: today.to_string(),
        fail_on,
    }
}

pub(super) fn human_options(color: Color, terminal: bool, verbose: bool) -> HumanOptions {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let color = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => terminal && !no_color,
    };
    HumanOptions { color, width: output::width(), verbose, ..HumanOptions::default() }
}

fn parse_fail_on(text: &str) -> Result<FailOn, Trouble> {
    if text == "never" {
        return Ok(FailOn::Never);
    }
    text.parse().map(FailOn::At).map_err(|error| Trouble::new(format!("--fail-on: {error}, never")))
}
