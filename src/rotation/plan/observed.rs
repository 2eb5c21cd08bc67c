//! What a cloud says of credentials that the code declares.

use super::item::{Age, days};
use crate::dates::days_between;
use crate::identity::CredentialId;
use jiff::civil::Date;
use serde::{Serialize, Serializer};
use std::collections::HashMap;

/// By root module, in the order of the estate, and credential.
pub type Sightings = HashMap<(usize, CredentialId), Observed>;

/// One credential, as it is there. Of several that may be meant, the oldest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Who says so: `AWS account 123456789012`.
    pub account: String,
    /// Its public name.
    pub id: String,
    pub created: Option<Date>,
    pub last_used: Used,
    pub recorded: Option<Recorded>,
    pub used_for: Option<String>,
    pub active: bool,
    /// How many there are that may be meant.
    pub among: usize,
}

/// What a cloud writes down of uses, where that is not all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Of later ones nothing is known.
    pub until: Option<Date>,
    /// Which ones it leaves out.
    pub except: &'static str,
}

/// When it was used for the last time. In their order, the greatest of several is what is known of all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Used {
    Never,
    #[default]
    Unknown,
    On(Date),
}

impl Serialize for Used {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Used::Unknown => out.serialize_none(),
            Used::Never => out.serialize_str("never"),
            Used::On(date) => out.collect_str(date),
        }
    }
}

impl Observed {
    /// What is there counts more than what is written of it.
    pub(super) fn age(&self, today: Date) -> Option<Age> {
        let since = self.created?;
        let evidence = format!("{} in {}", self.id, self.account);
        Some(Age::Since { since, days: days_between(since, today).max(0), evidence })
    }

    /// What else has to be known before it is exchanged, one sentence each.
    pub(super) fn cautions(&self, today: Date) -> Vec<String> {
        let mut cautions = Vec::new();
        if self.among > 1 {
            cautions.push(format!(
                "{} has {} of them for its holder, and the code does not tell which is this one: judged is the oldest",
                self.account, self.among
            ));
        }
        cautions.extend(match self.last_used {
            Used::Unknown => None,
            Used::Never => Some(match self.recorded {
                None => "it was never used: deleting it is enough if nothing is about to".to_owned(),
                Some(Recorded { except, .. }) => {
                    format!("no use of it is recorded; {except} would not show")
                }
            }),
            Used::On(date) => {
                let purpose = self.used_for.as_ref().map(|it| format!(", for {it}")).unwrap_or_default();
                let ago = match days_between(date, today) {
                    ..=0 => "today".to_owned(),
                    count => format!("{} ago", days(count)),
                };
                Some(format!("it was last used on {date}, {ago}{purpose}"))
            }
        });
        cautions
    }
}
