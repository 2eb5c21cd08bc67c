//! Tells the webhook what became of runs.

use super::setting::{HowArgs, Setting, now};
use crate::cli::Trouble;
use crate::rotation::engine::{End, Job, Outcome, Told};
use crate::rotation::evidence::shown;
use crate::rotation::notify::{Happened, Notice, Notifier, SCHEMA};
use crate::rotation::operate::{Report, TargetTerms};

/// Nothing that it cannot do changes what becomes of a run.
pub(super) struct Herald<'a> {
    setting: &'a Setting,
    notifier: Option<Notifier>,
}

impl<'a> Herald<'a> {
    /// Fails where a webhook is configured that nobody can write to.
    pub fn of(setting: &'a Setting, how: &HowArgs) -> Result<Self, Trouble> {
        let Some(source) = &setting.settings.config.rotation.webhook else {
            return Ok(Herald { setting, notifier: None });
        };
        let address = setting.surroundings(Some(how.request_timeout)).secret(source);
        let address = address.map_err(|(message, help)| Trouble::new(message).help(help))?;
        let notifier = Notifier::new(&address).map_err(Trouble::new)?;
        Ok(Herald { setting, notifier: Some(notifier) })
    }

    /// For what has to go on, whether anybody hears of it or not.
    pub fn if_it_can(setting: &'a Setting, how: &HowArgs) -> Self {
        Herald::of(setting, how).unwrap_or_else(|trouble| {
            eprintln!("warning: nobody is told: {}", trouble.message);
            Herald { setting, notifier: None }
        })
    }

    pub fn told(&self, job: &Job, told: Told<'_>) {
        if let Told::Begun { run } = told {
            let message = format!("{} is being exchanged: {}", job.old.0, job.issuer);
            self.tell(Happened::Begun, &job.credential, Some(run), None, message);
        }
    }

    pub fn ended(&self, report: &Report) {
        let (event, message) = match &report.end {
            End::Finished(Outcome::Rotated { key }) => (Happened::Rotated, format!("{} is in use", key.0)),
            End::Finished(Outcome::RolledBack { reason }) => (Happened::WentBack, reason.clone()),
            End::Stuck { why } => (Happened::Stuck, why.clone()),
            End::Waiting { .. } => return,
        };
        self.tell(event, &report.credential, Some(&report.run), Some(report.stage), message);
    }

    pub fn failed(&self, event: Happened, credential: &str, run: Option<&str>, trouble: &Trouble) {
        self.tell(event, credential, run, None, trouble.message.clone());
    }

    fn tell(
        &self,
        event: Happened,
        credential: &str,
        run: Option<&str>,
        stage: Option<&'static str>,
        message: String,
    ) {
        let Some(notifier) = &self.notifier else { return };
        let policy = &self.setting.settings.config.rotation;
        let target = self.setting.targets().iter().find(|target| target.credential.get_ref() == credential);
        let notify = target.map(|target| TargetTerms::of(target, policy).notify).unwrap_or_default();
        notifier.tell(&Notice {
            schema: SCHEMA,
            event,
            credential: credential.to_owned(),
            run: run.map(str::to_owned),
            stage,
            message,
            notify,
            at: shown(now()),
        });
    }
}

impl Drop for Herald<'_> {
    fn drop(&mut self) {
        let wrong = self.notifier.take().map(Notifier::finish).unwrap_or_default();
        for why in wrong {
            eprintln!("warning: the webhook was not told: {why}");
        }
    }
}
