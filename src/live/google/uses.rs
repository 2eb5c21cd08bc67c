use crate::dates::{date_of, moment_of};
use crate::live::refusals::Refusals;
use crate::rotation::Denial;
use crate::rotation::gcp::ProjectReader;
use crate::rotation::plan::{Recorded, Used};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::HashMap;

/// What is not recorded of keys, and what of accounts.
/// Source: Google Cloud, "View recent usage for service accounts and keys", "Tools to understand service account
/// usage".
const OF_KEYS: &str = "a use of APIs outside of Google Cloud (Workspace)";
const OF_ACCOUNTS: &str = "a use through API keys or of APIs outside of Google Cloud (Workspace)";

/// What Policy Analyzer tells of the uses of service accounts and keys. A use has a day and no time, and is told some
/// days later.
#[derive(Debug, Default)]
pub(super) struct Uses(HashMap<String, Told>);

#[derive(Debug)]
struct Told {
    last: Used,
    /// When it began to be looked at.
    since: Option<Timestamp>,
    recorded: Option<Timestamp>,
}

/// When one of them was used.
pub(super) struct Use {
    pub last: Used,
    pub recorded: Option<Recorded>,
}

impl Uses {
    pub async fn ask(reader: &ProjectReader, refused: &mut Refusals) -> Self {
        let mut uses = Uses::default();
        let accounts = reader.uses("serviceAccountLastAuthentication").await;
        let missing = "when service accounts were used is not known";
        uses.take(
            "policyanalyzer.serviceAccountLastAuthenticationActivities.query",
            missing,
            accounts,
            refused,
        );
        let keys = reader.uses("serviceAccountKeyLastAuthentication").await;
        let missing = "when keys were used is not known";
        uses.take(
            "policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query",
            missing,
            keys,
            refused,
        );
        uses
    }

    fn take(
        &mut self,
        action: &'static str,
        missing: &'static str,
        told: Result<Vec<Value>, Denial>,
        refused: &mut Refusals,
    ) {
        match told {
            Ok(rows) => self.0.extend(rows.iter().filter_map(read)),
            Err(denial) => refused.note(action, missing, &denial),
        }
    }

    pub fn of_account(&self, email: &str) -> Use {
        // When an account was made is not told, so neither is whether it was looked at all the time.
        self.of(email, None, OF_ACCOUNTS)
    }

    pub fn of_key(&self, email: &str, id: &str, made: Option<Timestamp>) -> Use {
        self.of(&format!("{email}/keys/{id}"), made, OF_KEYS)
    }

    /// What is not in the list may still have been used, and so may what was not looked at from its first day on.
    fn of(&self, name: &str, made: Option<Timestamp>, except: &'static str) -> Use {
        let Some(told) = self.0.get(name) else { return Use { last: Used::Unknown, recorded: None } };
        let whole = matches!((told.since, made), (Some(since), Some(made)) if since <= made);
        let last = match told.last {
            Used::Never if !whole || told.recorded.is_none() => Used::Unknown,
            last => last,
        };
        let until = told.recorded.and_then(|until| date_of(&until.to_string()));
        Use { last, recorded: Some(Recorded { until, except }) }
    }
}

fn read(row: &Value) -> Option<(String, Told)> {
    // `//iam.googleapis.com/projects/P/serviceAccounts/EMAIL/keys/ID`
    let (_, name) = row["fullResourceName"].as_str()?.split_once("/serviceAccounts/")?;
    let last = match &row["activity"]["lastAuthenticatedTime"] {
        Value::Null => Used::Never,
        time => time.as_str().and_then(date_of).map_or(Used::Unknown, Used::On),
    };
    let time = |end: &str| row["observationPeriod"][end].as_str().and_then(moment_of);
    Some((name.to_owned(), Told { last, since: time("startTime"), recorded: time("endTime") }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_absence_is_no_proof_unless_all_of_its_life_was_looked_at() {
        let row = |last: Option<&str>, since: &str| {
            let mut row = json!({
                "fullResourceName": "//iam.googleapis.com/projects/p/serviceAccounts/a@p/keys/1",
                "activity": {},
                "observationPeriod": { "startTime": since, "endTime": "2026-11-20T07:00:00Z" },
            });
            if let Some(last) = last {
                row["activity"]["lastAuthenticatedTime"] = last.into();
            }
            Uses(read(&row).into_iter().collect())
        };
        let made = moment_of("2026-01-01T12:00:00Z");
        let before = row(None, "2026-01-01T07:00:00Z").of_key("a@p", "1", made);
        assert_eq!(before.last, Used::Never);
        assert_eq!(before.recorded.and_then(|it| it.until), date_of("2026-11-20"));
        assert_eq!(row(None, "2026-01-02T07:00:00Z").of_key("a@p", "1", made).last, Used::Unknown);
        assert_eq!(row(None, "").of_key("a@p", "1", made).last, Used::Unknown);
        assert_eq!(row(None, "2026-01-01T07:00:00Z").of_key("a@p", "1", None).last, Used::Unknown);
        assert_eq!(Uses::default().of_key("a@p", "1", made).last, Used::Unknown);
        let used = row(Some("2026-03-01T07:00:00Z"), "2026-01-02T07:00:00Z").of_key("a@p", "1", made);
        assert_eq!(used.last, date_of("2026-03-01").map_or(Used::Unknown, Used::On));
        assert_eq!(row(Some("?"), "2026-01-01T07:00:00Z").of_key("a@p", "1", made).last, Used::Unknown);
    }
}
