use crate::rotation::engine::{Event, Job, Told};
use crate::rotation::evidence::{describe, shown};
use std::io::IsTerminal;

/// Prints what happens, as it happens, where somebody looks on. Elsewhere only the end is printed.
pub(super) struct Progress {
    loud: bool,
}

impl Progress {
    pub fn new(verbose: bool) -> Self {
        Progress { loud: verbose || std::io::stderr().is_terminal() }
    }

    pub fn is_loud(&self) -> bool {
        self.loud
    }

    pub fn tell(&self, job: &Job, told: Told<'_>) {
        if !self.loud {
            return;
        }
        let line = match told {
            Told::Begun { run } => format!("began run {run}"),
            // What is announced is done a moment later, or fails.
            Told::Written(entry) if matches!(entry.event, Event::Will { .. }) => return,
            Told::Written(entry) => describe(&entry.event, job),
            Told::Waits { until, why } => format!("waits until {}: {why}", shown(until)),
            Told::Blind(failure) => format!("cannot see where it stands: {failure}"),
        };
        eprintln!("{}: {line}", job.credential);
    }
}
