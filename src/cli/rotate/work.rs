//! `keyward rotate work`: one of several workers that share a journal.

use super::herald::Herald;
use super::progress::Progress;
use super::run::{end, refusals, run_id, tell};
use super::setting::{HowArgs, Setting, journal, now, operate};
use crate::cli::{CLEAN, TROUBLE, Trouble, output};
use crate::rotation::engine::{End, EngineError, Job, Told, Waiting};
use crate::rotation::journal::{Journal, JournalError, PostgresJournal, Rest, Taken};
use crate::rotation::notify::Happened;
use crate::rotation::operate::{OperateError, Operator, Report};
use clap::Args;
use std::time::{Duration, Instant};

#[derive(Debug, Args)]
pub(super) struct WorkArgs {
    #[command(flatten)]
    pub how: HowArgs,
}

/// What came of what was taken.
#[derive(Debug, Default)]
struct Tally {
    rotated: usize,
    others: usize,
    worst: u8,
}

impl Tally {
    fn count(&mut self, code: u8) {
        match code {
            CLEAN => self.rotated += 1,
            _ => self.others += 1,
        }
        self.worst = self.worst.max(code);
    }
}

/// The longest that nobody looks whether there is something to do.
const LOOK: Duration = Duration::from_secs(2);

pub(super) fn run(args: &WorkArgs) -> Result<u8, Trouble> {
    let setting = Setting::of(&args.how.place)?;
    let targets: Vec<_> = setting.targets().iter().collect();
    if targets.is_empty() {
        return Err(Trouble::new("no credential is configured").help(setting.configured()));
    }
    let mut shared = setting.open_shared()?;
    let declared = refusals(&args.how.place, &setting, &targets)?;
    for (name, trouble) in &declared {
        tell(name, trouble)?;
    }
    let names: Vec<_> = targets.iter().map(|target| target.credential.get_ref().clone()).collect();
    let names: Vec<_> = names.into_iter().filter(|name| !declared.contains_key(name)).collect();
    let refused = if declared.is_empty() { CLEAN } else { TROUBLE };
    let since = shared.offer(&names).map_err(journal)?;
    let progress = Progress::new(args.how.verbose);
    let herald = Herald::of(&setting, &args.how)?;
    let (mut tally, mut idle) = (Tally { worst: refused, ..Tally::default() }, Instant::now());
    loop {
        if let Some(taken) = shared.take(&names, &since).map_err(journal)? {
            let target = setting.target(&taken.credential)?;
            let mut operator = setting.operator(target, &args.how);
            // There may be others to work on meanwhile.
            operator.waiting = Waiting::UpTo(0);
            work_on(&operator, &mut shared, &taken, (&progress, &herald), &mut tally)?;
            idle = Instant::now();
            continue;
        }
        let ready = shared.ready(&names).map_err(journal)?;
        // Somebody else may sit out a wait with a run in their hands.
        let waits = ready.due.max(idle.elapsed().as_secs().try_into().unwrap_or(i64::MAX));
        let too_long = matches!(args.how.wait, Waiting::UpTo(most) if waits > most);
        if ready.runs == 0 || too_long {
            let first = match ready.runs {
                0 => String::new(),
                _ => format!(", the first of them for {} seconds", ready.due),
            };
            let (rotated, others) = (tally.rotated, tally.others);
            output::print(&format!("{rotated} rotated, {others} need a look, {} wait{first}\n", ready.runs))?;
            return Ok(tally.worst);
        }
        let pause = Duration::from_secs(ready.again.max(0).unsigned_abs());
        std::thread::sleep(pause.clamp(Duration::from_millis(100), LOOK));
    }
}

fn work_on(
    operator: &Operator<'_>,
    shared: &mut PostgresJournal,
    taken: &Taken,
    (progress, herald): (&Progress, &Herald<'_>),
    tally: &mut Tally,
) -> Result<(), Trouble> {
    let onlooker = &mut |job: &Job, told: Told<'_>| {
        progress.tell(job, told);
        herald.told(job, told);
    };
    let done = match &taken.run {
        Some(run) => operator.go_on(shared, run, None, onlooker).map(Some),
        None => is_due(operator).and_then(|due| match due {
            true => operator.begin(shared, &run_id(&taken.credential), onlooker).map(Some),
            false => Ok(None),
        }),
    };
    // A run lets go by itself; what was not begun is looked at by workers that start later.
    let _ = shared.release(Rest::Over);
    match done {
        Ok(None | Some(Report { end: End::Waiting { .. }, .. })) => {}
        Ok(Some(report)) => {
            herald.ended(&report);
            tally.count(end(&report)?);
        }
        Err(OperateError::Engine(EngineError::Journal(error @ JournalError::Lost(_)))) => {
            eprintln!("{error}; whoever has it goes on with it");
        }
        // Without the journal there is no work.
        Err(
            error @ (OperateError::Journal(JournalError::Unusable { .. })
            | OperateError::Engine(EngineError::Journal(JournalError::Unusable { .. }))),
        ) => return Err(operate(error)),
        Err(error) => {
            let (trouble, name) = (operate(error), &taken.credential);
            let event = if taken.run.is_some() { Happened::Stuck } else { Happened::NotBegun };
            herald.failed(event, name, taken.run.as_deref(), &trouble);
            tally.count(tell(name, &trouble)?);
        }
    }
    Ok(())
}

fn is_due(operator: &Operator<'_>) -> Result<bool, OperateError> {
    Ok(operator.terms().closed(now()).is_none() && operator.due()?.because.is_some())
}
