//! Where the configuration and the journal are, and what holds for a call.

use crate::analysis::Settings;
use crate::cli::args::InputArgs;
use crate::cli::forge::variable;
use crate::cli::{Trouble, configuration};
use crate::config::{JournalSettings, PostgresAccess, RotationTarget};
use crate::dates::{Unit, duration_of};
use crate::rotation::Moment;
use crate::rotation::engine::Waiting;
use crate::rotation::journal::{Journal, JournalError, PostgresJournal, SqliteJournal, verify};
use crate::rotation::operate::{OperateError, Operator, Surroundings, postgres_journal};
use clap::Args;
use jiff::SignedDuration;
use std::path::PathBuf;
use std::time::{Duration, Instant};

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
    /// File with the journal to use instead of the one that is configured
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
    journal: Place,
    by: String,
}

/// Where runs are written down.
enum Place {
    File(PathBuf),
    Shared { access: PostgresAccess, lease: SignedDuration },
}

impl Setting {
    pub fn of(args: &WhereArgs) -> Result<Self, Trouble> {
        let settings = configuration::load(&input(args))?;
        let dir = settings.config_dir.clone().unwrap_or_else(|| args.directory.clone());
        let journal = match (&args.journal, &settings.config.rotation.journal) {
            (Some(path), _) => Place::File(path.clone()),
            (None, Some(JournalSettings::Postgres { access, lease })) => {
                Place::Shared { access: access.clone(), lease: *lease }
            }
            (None, Some(JournalSettings::File(path))) => Place::File(dir.join(path)),
            (None, None) => Place::File(dir.join(JOURNAL)),
        };
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
            surroundings: self.surroundings(Some(how.request_timeout)),
            waiting: how.wait,
        }
    }

    pub fn surroundings(&self, timeout: Option<Duration>) -> Surroundings<'_> {
        Surroundings { dir: &self.dir, variable: &variable, now, by: &self.by, timeout }
    }

    /// For writing, which one process at a time may, if it is a file.
    pub fn open(&self) -> Result<Box<dyn Journal>, Trouble> {
        let path = match &self.journal {
            Place::Shared { access, lease } => return Ok(Box::new(self.shared(access, *lease)?)),
            Place::File(path) => path,
        };
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            std::fs::create_dir_all(parent)
                .map_err(|error| Trouble::new(format!("cannot make `{}`: {error}", parent.display())))?;
        }
        Ok(Box::new(SqliteJournal::open(path).map_err(journal)?))
    }

    /// To go on by what it says: a journal that was tampered with is no ground to act on.
    pub fn open_verified(&self) -> Result<Box<dyn Journal>, Trouble> {
        let open = self.open()?;
        verified(&*open)?;
        Ok(open)
    }

    /// For workers, who share it.
    pub fn open_shared(&self) -> Result<PostgresJournal, Trouble> {
        match &self.journal {
            Place::Shared { access, lease } => {
                let open = self.shared(access, *lease)?;
                verified(&open)?;
                Ok(open)
            }
            Place::File(_) => Err(Trouble::new("workers share a journal in PostgreSQL, and this one is a file")
                .help("describe the database in `[rotation.journal]` of keyward.toml; for one process, `keyward rotate run --all --if-due` and `keyward rotate resume` do the same")),
        }
    }

    fn shared(&self, access: &PostgresAccess, lease: SignedDuration) -> Result<PostgresJournal, Trouble> {
        let open =
            postgres_journal(access, lease, &self.surroundings(None), Instant::now).map_err(operate)?;
        open.set_up().map_err(journal)?;
        Ok(open)
    }

    /// For reading, if there is one.
    pub fn read(&self) -> Result<Option<Box<dyn Journal>>, Trouble> {
        match &self.journal {
            Place::File(path) if path.exists() => {
                Ok(Some(Box::new(SqliteJournal::read_only(path).map_err(journal)?)))
            }
            Place::File(_) => Ok(None),
            Place::Shared { access, lease } => {
                let surroundings = self.surroundings(None);
                let open = postgres_journal(access, *lease, &surroundings, Instant::now).map_err(operate)?;
                Ok(open.is_set_up().map_err(journal)?.then(|| Box::new(open) as Box<dyn Journal>))
            }
        }
    }

    pub fn must_read(&self) -> Result<Box<dyn Journal>, Trouble> {
        self.read()?.ok_or_else(|| {
            Trouble::new(format!("there is no journal `{}`", self.shown()))
                .help("name it with --journal, or with `journal` in `[rotation]` of keyward.toml")
        })
    }

    /// For messages: where the journal is.
    pub fn shown(&self) -> String {
        match &self.journal {
            Place::File(path) => path.display().to_string(),
            Place::Shared { access, .. } => access.address.clone(),
        }
    }
}

fn verified(open: &dyn Journal) -> Result<(), Trouble> {
    let links = open.links().map_err(journal)?;
    verify(&links, None).map(drop).map_err(journal)
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

pub(in crate::cli) fn now() -> Moment {
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
        JournalError::Held { .. } => {
            Some("wait until that is done; a worker that died is known to be dead when its lease ends".to_owned())
        }
        JournalError::Lost(credential) => Some(format!(
            "nothing is lost: another worker goes on with it, or `keyward rotate resume {}`",
            word(&credential)
        )),
        JournalError::Broken(_) | JournalError::Moved(_) | JournalError::Unreadable(_) => {
            Some("nothing is done by a journal that is not as it was written; keep it, and find out who changed it".to_owned())
        }
        JournalError::Unusable { .. } | JournalError::Taken(_) => None,
    };
    match help {
        Some(help) => trouble.help(help),
        None => trouble,
    }
}

pub(in crate::cli) fn operate(error: OperateError) -> Trouble {
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
