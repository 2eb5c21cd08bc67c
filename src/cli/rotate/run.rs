//! `keyward rotate run`, `resume`, `cancel` and `rollback`.

use super::herald::Herald;
use super::progress::Progress;
use super::setting::{HowArgs, Setting, WhereArgs, input, journal, now, operate, word};
use crate::analysis::analyse;
use crate::cli::{CLEAN, FINDINGS, TROUBLE, Trouble, output};
use crate::config::{IssuerSettings, RotationTarget};
use crate::identity::keyless;
use crate::rotation::engine::{End, Job, Outcome, State, Told};
use crate::rotation::evidence::shown;
use crate::rotation::journal::Journal;
use crate::rotation::notify::Happened;
use crate::rotation::operate::{Operator, Report, TargetTerms, runs};
use crate::rotation::{Declared, declared};
use clap::Args;
use std::collections::BTreeMap;

pub(super) const EXIT_CODES: &str = "\
Exit codes: 0 everything is rotated, or waits for its time; 1 something went back, is stuck, or is due (with
--alert-only); 2 wrong usage or configuration, or something could not be begun";

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// Credentials, as `[[rotation.target]]` names them
    #[arg(value_name = "CREDENTIAL")]
    pub credentials: Vec<String>,
    /// All that are configured
    #[arg(long, conflicts_with = "credentials")]
    pub all: bool,
    /// Only those that are older than their limit, by their issuer
    #[arg(long)]
    pub if_due: bool,
    /// Look and print what would be done, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Change nothing; print what is older than its limit and which runs do not move on, and exit with 1 if any
    #[arg(long, conflicts_with = "dry_run")]
    pub alert_only: bool,
    #[command(flatten)]
    pub how: HowArgs,
}

#[derive(Debug, Args)]
pub(super) struct ResumeArgs {
    /// Credentials to go on with; all that are not finished without any
    #[arg(value_name = "CREDENTIAL")]
    pub credentials: Vec<String>,
    #[command(flatten)]
    pub how: HowArgs,
}

#[derive(Debug, Args)]
pub(super) struct BackArgs {
    /// The credential whose run it is
    #[arg(value_name = "CREDENTIAL")]
    pub credential: String,
    /// Why, for the evidence
    #[arg(long, value_name = "TEXT", default_value = "somebody asked for it")]
    pub reason: String,
    #[command(flatten)]
    pub how: HowArgs,
}

pub(super) fn run(args: &RunArgs) -> Result<u8, Trouble> {
    let setting = Setting::of(&args.how.place)?;
    let targets = chosen(args, &setting)?;
    if args.alert_only {
        return alert(args, &setting, &targets);
    }
    let mut declared = refusals(&args.how.place, &setting, &targets)?;
    let progress = Progress::new(args.how.verbose);
    let mut worst = CLEAN;
    if args.dry_run {
        for target in targets {
            let name = target.credential.get_ref();
            let code = match declared.remove(name) {
                Some(trouble) => Err(trouble),
                None => preview(&setting.operator(target, &args.how)),
            };
            worst = worst.max(code.or_else(|trouble| tell(name, &trouble))?);
        }
        return Ok(worst);
    }
    let herald = Herald::of(&setting, &args.how)?;
    let mut open = None;
    for target in targets {
        let name = target.credential.get_ref();
        let operator = setting.operator(target, &args.how);
        let code = match declared.remove(name) {
            Some(trouble) => Err(trouble),
            None => begin(args, &setting, &operator, &mut open, &progress, &herald),
        };
        worst = worst.max(code.or_else(|trouble| {
            herald.failed(Happened::NotBegun, name, None, &trouble);
            tell(name, &trouble)
        })?);
    }
    Ok(worst)
}

fn chosen<'a>(args: &RunArgs, setting: &'a Setting) -> Result<Vec<&'a RotationTarget>, Trouble> {
    if args.all || (args.alert_only && args.credentials.is_empty()) {
        return match setting.targets() {
            [] => Err(Trouble::new("no credential is configured").help(setting.configured())),
            targets => Ok(targets.iter().collect()),
        };
    }
    if args.credentials.is_empty() {
        return Err(Trouble::new("which credential? name it, or use --all").help(setting.configured()));
    }
    args.credentials.iter().map(|name| setting.target(name)).collect()
}

/// A key that lives in Terraform is exchanged through Terraform: why each of those is refused, by its name.
pub(super) fn refusals(
    place: &WhereArgs,
    setting: &Setting,
    targets: &[&RotationTarget],
) -> Result<BTreeMap<String, Trouble>, Trouble> {
    let input = input(place);
    let mut settings = setting.settings.clone();
    // Nothing is asked of the rules.
    settings.selection.ignore = vec!["all".to_owned()];
    let today = jiff::Zoned::now().date();
    let analysis = analyse(&input.path, &settings, today)
        .map_err(|error| Trouble::new(format!("cannot open `{}`: {error}", input.path.display())))?;
    let refused = targets.iter().filter_map(|target| {
        let found = declared(&analysis.estate, target)?;
        let name = target.credential.get_ref();
        Some((name.clone(), refusal(name, &found)))
    });
    Ok(refused.collect())
}

fn refusal(name: &str, Declared { address, perhaps }: &Declared) -> Trouble {
    match perhaps {
        true => Trouble::new(format!(
            "`{name}` may live in Terraform as `{address}`: the code does not tell whether it is that one"
        ))
        .help("if it does, `keyward rotate plan` lists the pull requests that exchange it; `outside-terraform = true` in the target says that it is another one"),
        false => Trouble::new(format!(
            "`{name}` lives in Terraform as `{address}`: exchanged behind its back, the next apply would fail or undo it"
        ))
        .help("`keyward rotate plan` lists the pull requests that exchange it, or give it `lifecycle { ignore_changes = all }`; `outside-terraform = true` in the target says that it is another one of that name"),
    }
}

/// One that cannot be begun does not keep the others from it.
pub(super) fn tell(credential: &str, trouble: &Trouble) -> Result<u8, Trouble> {
    eprintln!("error: {credential}: {}", trouble.message);
    if let Some(help) = &trouble.help {
        eprintln!("  help: {help}");
    }
    Ok(TROUBLE)
}

fn preview(operator: &Operator<'_>) -> Result<u8, Trouble> {
    let preview = operator.preview().map_err(operate)?;
    let mut text = format!("{}: {} would be exchanged\n", preview.credential, preview.old);
    for (at, step) in preview.steps.iter().enumerate() {
        text.push_str(&format!("  {}. {step}\n", at + 1));
    }
    if let Some(until) = operator.terms().closed(now()) {
        text.push_str(&format!("  it would begin when the next window opens, at {}\n", shown(until)));
    }
    if let Some(refusal) = &preview.refusal {
        text.push_str(&format!("  but it would not be begun: {refusal}\n"));
    }
    output::print(&text)?;
    Ok(if preview.refusal.is_some() { FINDINGS } else { CLEAN })
}

fn begin(
    args: &RunArgs,
    setting: &Setting,
    operator: &Operator<'_>,
    open: &mut Option<Box<dyn Journal>>,
    progress: &Progress,
    herald: &Herald<'_>,
) -> Result<u8, Trouble> {
    let name = operator.target.credential.get_ref();
    if args.if_due && operator.due().map_err(operate)?.because.is_none() {
        output::print(&format!("{name}: not due\n"))?;
        return Ok(CLEAN);
    }
    if let Some(until) = operator.terms().closed(now()) {
        let until = shown(until);
        output::print(&format!("{name}: not begun, the next window opens at {until}\n"))?;
        return Ok(CLEAN);
    }
    let kind = match operator.target.issuer {
        IssuerSettings::AwsIam { .. } => "aws_iam_access_key",
        IssuerSettings::GcpKey(_) => "google_service_account_key",
        IssuerSettings::DeployKey(_) => "github_repository_deploy_key",
        _ => "",
    };
    if progress.is_loud()
        && let Some((instead, _)) = keyless::instead_of(kind)
    {
        eprintln!("{name}: better than rotating it would be to do without it: {instead}");
    }
    let journal = match open {
        Some(journal) => journal,
        None => open.insert(setting.open()?),
    };
    let run = run_id(name);
    let onlooker = &mut |job: &Job, told: Told<'_>| {
        progress.tell(job, told);
        herald.told(job, told);
    };
    let report = operator.begin(&mut **journal, &run, onlooker).map_err(operate)?;
    herald.ended(&report);
    end(&report)
}

/// The credential and the time, so that people know it when they see it.
pub(super) fn run_id(credential: &str) -> String {
    let tidy = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    let name: String = credential.chars().map(tidy).take(60).collect();
    let at = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ");
    format!("{name}-{at}")
}

pub(super) fn end(report: &Report) -> Result<u8, Trouble> {
    let name = &report.credential;
    let (line, code) = match &report.end {
        End::Finished(Outcome::Rotated { key }) => (format!("rotated, {} is in use", key.0), CLEAN),
        End::Finished(Outcome::RolledBack { reason }) => (format!("went back: {reason}"), FINDINGS),
        End::Waiting { until, why } => (
            format!(
                "waits until {} ({}): {why}; then `keyward rotate resume {}`",
                shown(*until),
                report.stage,
                word(name)
            ),
            CLEAN,
        ),
        End::Stuck { why } => (format!("stuck ({}): {why}", report.stage), FINDINGS),
    };
    output::print(&format!("{name}: {line} [{}]\n", report.run))?;
    Ok(code)
}

fn alert(args: &RunArgs, setting: &Setting, targets: &[&RotationTarget]) -> Result<u8, Trouble> {
    let mut worst = CLEAN;
    let open = match setting.read()? {
        Some(read) => unfinished(&*read)?,
        None => Vec::new(),
    };
    for target in targets {
        let name = target.credential.get_ref();
        if let Some((state, last)) = open.iter().find(|(state, _)| state.job.credential == *name) {
            let terms = TargetTerms::of(target, &setting.settings.config.rotation);
            // The longest that it has a reason to stand still, and a day.
            let still = terms.quiet.as_secs() + terms.keep_disabled.as_secs() + 86_400;
            if now() - last > still {
                output::print(&format!("{name}: run {} does not move on ({})\n", state.run, state.stage()))?;
                worst = worst.max(FINDINGS);
            }
            continue;
        }
        let operator = setting.operator(target, &args.how);
        match operator.due().map_err(operate) {
            Ok(due) => {
                if let Some(because) = due.because {
                    output::print(&format!("{name}: {because}\n"))?;
                    worst = worst.max(FINDINGS);
                }
            }
            Err(trouble) => worst = worst.max(tell(name, &trouble)?),
        }
    }
    Ok(worst)
}

/// Runs that did not end, with the time of their last entry.
fn unfinished(read: &dyn Journal) -> Result<Vec<(State, i64)>, Trouble> {
    let all = runs(read).map_err(journal)?;
    let open = all.into_iter().filter(|(state, _)| state.outcome.is_none());
    Ok(open.map(|(state, entries)| (state, entries.last().map_or(0, |entry| entry.at))).collect())
}

pub(super) fn resume(args: &ResumeArgs) -> Result<u8, Trouble> {
    let setting = Setting::of(&args.how.place)?;
    // The journal is free again when messages are still on the way.
    let herald = Herald::if_it_can(&setting, &args.how);
    let mut open = setting.open_verified()?;
    let states: Vec<_> = unfinished(&*open)?.into_iter().map(|(state, _)| state).collect();
    let meant =
        |state: &&State| args.credentials.is_empty() || args.credentials.contains(&state.job.credential);
    let chosen: Vec<_> = states.iter().filter(meant).collect();
    for name in &args.credentials {
        if !chosen.iter().any(|state| state.job.credential == *name) {
            return Err(no_run(name));
        }
    }
    if chosen.is_empty() {
        output::print("no run is unfinished\n")?;
    }
    let progress = Progress::new(args.how.verbose);
    let mut worst = CLEAN;
    for state in chosen {
        let done = setting.target(&state.job.credential).and_then(|target| {
            let operator = setting.operator(target, &args.how);
            let onlooker = &mut |job: &Job, told: Told<'_>| progress.tell(job, told);
            let report = operator.go_on(&mut *open, &state.run, None, onlooker).map_err(operate)?;
            herald.ended(&report);
            end(&report)
        });
        worst = worst.max(done.or_else(|trouble| {
            let name = &state.job.credential;
            herald.failed(Happened::Stuck, name, Some(&state.run), &trouble);
            tell(name, &trouble)
        })?);
    }
    Ok(worst)
}

fn no_run(name: &str) -> Trouble {
    Trouble::new(format!("no run of `{name}` is unfinished")).help("`keyward rotate status` lists all runs")
}

pub(super) fn cancel(args: &BackArgs) -> Result<u8, Trouble> {
    back(args, |state| {
        state.published.then(|| {
            Trouble::new("consumers may have the new credential already, so it cannot be canceled").help(
                format!(
                    "`keyward rotate rollback {}` sends them back to the old one",
                    word(&args.credential)
                ),
            )
        })
    })
}

pub(super) fn roll_back(args: &BackArgs) -> Result<u8, Trouble> {
    back(args, |state| {
        state.point_of_no_return.then(|| {
            let old = &state.job.old.0;
            Trouble::new(format!("{old} is being deleted, so there is no way back"))
                .help(format!("`keyward rotate resume {}` brings it to its end", word(&args.credential)))
        })
    })
}

fn back(args: &BackArgs, refuse: impl Fn(&State) -> Option<Trouble>) -> Result<u8, Trouble> {
    let setting = Setting::of(&args.how.place)?;
    let target = setting.target(&args.credential)?;
    let mut open = setting.open_verified()?;
    let states = unfinished(&*open)?;
    let found = states.into_iter().find(|(state, _)| state.job.credential == args.credential);
    let Some((state, _)) = found else { return Err(no_run(&args.credential)) };
    if let Some(trouble) = refuse(&state) {
        return Err(trouble);
    }
    let progress = Progress::new(args.how.verbose);
    let operator = setting.operator(target, &args.how);
    let onlooker = &mut |job: &Job, told: Told<'_>| progress.tell(job, told);
    let report = operator.go_on(&mut *open, &state.run, Some(&args.reason), onlooker).map_err(operate)?;
    Herald::if_it_can(&setting, &args.how).ended(&report);
    let code = end(&report)?;
    // Going back is what was asked for.
    let back = matches!(&report.end, End::Finished(Outcome::RolledBack { .. }));
    Ok(if back { CLEAN } else { code })
}
