//! Where the configuration and the journal are, and what holds for a call.

use crate::analysis::Settings;
use crate::cli::args::InputArgs;
use crate::cli::forge::variable;
use crate::cli::{Trouble, configuration};
use crate::config::RotationTarget;
use crate::dates::{Unit, duration_of};
use crate::rotation::Moment;
use crate::rotation::engine::Waiting;
use crate::rotation::journal::{JournalError, SqliteJournal};
use crate::rotation::operate::{OperateError, Operator, Surroundings};
use clap::Args;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Beside `keyward.toml`, unless that says otherwise.
const JOURNAL: &str = ".keyward/rotation.sqlite";

#[derive(Debug, Args)]
pub(super) struct WhereArgs {
    /// Directory with the code and keyward.toml
    #[arg(long, short = 'C', value_name = "DIR", default_value = ".")]
    pub directory: PathBuf,
    /// Configuration to use instead of the nearest `keyward.toml`
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Journal to use instead of the one that is configured
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct HowArgs {
    #[command(flatten)]
    pub place: WhereArgs,
    /// The longest wait to sit out, such as 10m or 2h, or `forever`; with a longer one the call ends, to be resumed
    #[arg(long, value_name = "LENGTH", default_value = "10m", value_parser = waiting)]
    pub wait: Waiting,
    /// How long one request may take
    #[arg(long, value_name = "LENGTH", default_value = "20s", value_parser = length)]
    pub request_timeout: Duration,
    /// Print every step, also where nobody looks on
    #[arg(long, short)]
    pub verbose: bool,
}

pub(super) struct Setting {
    pub settings: Settings,
    pub dir: PathBuf,
    pub journal: PathBuf,
    by: String,
}

impl Setting {
    pub fn of(args: &WhereArgs) -> Result<Self, Trouble> {
        let settings = configuration::load(&input(args))?;
        let dir = settings.config_dir.clone().unwrap_or_else(|| args.directory.clone());
        let configured = settings.config.rotation.journal.as_deref().unwrap_or(JOURNAL);
        let journal = args.journal.clone().unwrap_or_else(|| dir.join(configured));
        Ok(Setting { settings, dir, journal, by: by() })
    }

    pub fn targets(&self) -> &[RotationTarget] {
        &self.settings.config.rotation.targets
    }

    pub fn target(&self, name: &str) -> Result<&RotationTarget, Trouble> {
        let found = self.targets().iter().find(|target| target.credential.get_ref() == name);
        found.ok_or_else(|| {
            Trouble::new(format!("`{name}` is not configured, so nobody knows how to exchange it"))
                .help(self.configured())
        })
    }

    /// For messages: what there is to choose from.
    pub fn configured(&self) -> String {
        let names: Vec<_> =
            self.targets().iter().map(|target| target.credential.get_ref().as_str()).collect();
        match names.as_slice() {
            [] => {
                "describe it in `[[rotation.target]]` of keyward.toml; docs/rotation.md shows how".to_owned()
            }
            names => format!("configured are: {}", names.join(", ")),
        }
    }

    pub fn operator<'a>(&'a self, target: &'a RotationTarget, how: &HowArgs) -> Operator<'a> {
        Operator {
            target,
            policy: &self.settings.config.rotation,
            surroundings: self.surroundings(how),
            waiting: how.wait,
        }
    }

    pub fn surroundings(&self, how: &HowArgs) -> Surroundings<'_> {
        Surroundings {
            dir: &self.dir,
            variable: &variable,
            now,
            by: &self.by,
            timeout: Some(how.request_timeout),
        }
    }

    /// For writing, which one process at a time may.
    pub fn open(&self) -> Result<SqliteJournal, Trouble> {
        if let Some(parent) = self.journal.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            std::fs::create_dir_all(parent)
                .map_err(|error| Trouble::new(format!("cannot make `{}`: {error}", parent.display())))?;
        }
        SqliteJournal::open(&self.journal).map_err(journal)
    }

    /// For reading, if there is one.
    pub fn read(&self) -> Result<Option<SqliteJournal>, Trouble> {
        match self.journal.exists() {
            true => SqliteJournal::read_only(&self.journal).map(Some).map_err(journal),
            false => Ok(None),
        }
    }

    pub fn must_read(&self) -> Result<SqliteJournal, Trouble> {
        self.read()?.ok_or_else(|| {
            Trouble::new(format!("there is no journal `{}`", self.journal.display()))
                .help("name it with --journal, or with `journal` in `[rotation]` of keyward.toml")
        })
    }
}

pub(super) fn input(args: &WhereArgs) -> InputArgs {
    InputArgs {
        path: args.directory.clone(),
        stdin_filename: String::new(),
        vars: Vec::new(),
        var_files: Vec::new(),
        config: args.config.clone(),
        no_config: false,
        today: None,
    }
}

pub(super) fn now() -> Moment {
    jiff::Timestamp::now().as_second()
}

/// Whoever started the workflow, or is logged in.
fn by() -> String {
    let actor = variable("GITHUB_ACTOR").or_else(|| variable("GITLAB_USER_LOGIN"));
    actor.or_else(|| variable("USER")).unwrap_or_default()
}

fn length(text: &str) -> Result<Duration, String> {
    let length = duration_of(text, Unit::Seconds).filter(|length| length.is_positive());
    length
        .map(|length| length.unsigned_abs())
        .ok_or_else(|| "write a length such as 20s, 10m or 2h".to_owned())
}

fn waiting(text: &str) -> Result<Waiting, String> {
    match text {
        "forever" => Ok(Waiting::Forever),
        "0" => Ok(Waiting::UpTo(0)),
        _ => Ok(Waiting::UpTo(length(text)?.as_secs().try_into().unwrap_or(i64::MAX))),
    }
}

pub(super) fn journal(error: JournalError) -> Trouble {
    let trouble = Trouble::new(error.to_string());
    let help = match error {
        JournalError::Busy { credential, .. } => Some(format!(
            "`keyward rotate status` says how it stands, `keyward rotate resume {}` goes on with it",
            word(&credential)
        )),
        JournalError::Locked(_) => Some("wait until that is done".to_owned()),
        JournalError::Broken(_) | JournalError::Unreadable(_) => {
            Some("nothing is done by a journal that is not as it was written; keep it, and find out who changed it".to_owned())
        }
        JournalError::Unusable { .. } | JournalError::Taken(_) => None,
    };
    match help {
        Some(help) => trouble.help(help),
        None => trouble,
    }
}

pub(super) fn operate(error: OperateError) -> Trouble {
    use crate::rotation::engine::EngineError;
    match error {
        OperateError::NotConfigured { message, help } => Trouble::new(message).help(help),
        OperateError::Journal(error) | OperateError::Engine(EngineError::Journal(error)) => journal(error),
        OperateError::Engine(error @ EngineError::OtherWorld { .. }) => Trouble::new(error.to_string())
            .help("configure the target as it was when the run began, until that is finished"),
        other => Trouble::new(other.to_string()),
    }
}

/// A name as a shell takes it: addresses have brackets and quotes.
pub(super) fn word(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@".contains(&byte);
    match name.bytes().all(plain) {
        true => name.to_owned(),
        false => format!("'{}'", name.replace('\'', "'\\''")),
    }
}

/// For messages.
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}
