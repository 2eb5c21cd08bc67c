//! The credential report: what IAM writes down of all users every few hours.
//!
//! Source: AWS IAM User Guide, "Generate credential reports for your AWS account".

use crate::dates::date_of;
use crate::rotation::plan::Used;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use std::collections::HashMap;

/// What it is called there; no user can have that name.
pub(super) const ROOT: &str = "<root_account>";

#[derive(Clone, Debug, Default)]
pub(super) struct Report {
    rows: HashMap<String, HashMap<String, String>>,
}

/// The password of a user, as far as the report has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Password {
    pub changed: Option<Date>,
    pub last_used: Used,
}

impl Report {
    /// `content` is base64, maybe over several lines.
    pub fn read(content: &str) -> Option<Report> {
        let content: String = content.split_whitespace().collect();
        let bytes = STANDARD.decode(content).ok()?;
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes.as_slice());
        let names = reader.headers().ok()?.clone();
        let mut report = Report::default();
        for record in reader.records().map_while(Result::ok) {
            let of = names.iter().zip(record.iter());
            let row: HashMap<_, _> = of.map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
            if let Some(user) = row.get("user") {
                report.rows.insert(user.clone(), row);
            }
        }
        Some(report)
    }

    pub fn has(&self, user: &str) -> bool {
        self.rows.contains_key(user)
    }

    fn text(&self, user: &str, column: &str) -> Option<&str> {
        let text = self.rows.get(user)?.get(column)?;
        let nothing = ["N/A", "not_supported", "no_information", ""];
        (!nothing.contains(&text.as_str())).then_some(text)
    }

    pub fn password(&self, user: &str) -> Option<Password> {
        if self.text(user, "password_enabled") != Some("true") {
            return None;
        }
        let changed = self.text(user, "password_last_changed").and_then(date_of);
        let last_used = self.text(user, "password_last_used").and_then(date_of);
        Some(Password { changed, last_used: last_used.map_or(Used::Never, Used::On) })
    }

    /// The keys of the root user, which nothing else lists: when each was made and used.
    pub fn root_keys(&self) -> Vec<(Option<Date>, Used)> {
        let keys = ["access_key_1", "access_key_2"];
        let active = keys.iter().filter(|key| self.text(ROOT, &format!("{key}_active")) == Some("true"));
        active
            .map(|key| {
                let of = |what: &str| self.text(ROOT, &format!("{key}_{what}")).and_then(date_of);
                (of("last_rotated"), of("last_used_date").map_or(Used::Never, Used::On))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\
user,arn,password_enabled,password_last_used,password_last_changed,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date
<root_account>,arn:aws:iam::123456789012:root,not_supported,2020-01-01T00:00:00+00:00,not_supported,true,2019-05-01T10:00:00+00:00,N/A,false,N/A,N/A
jane,arn:aws:iam::123456789012:user/jane,true,no_information,2026-01-31T00:00:00+00:00,false,N/A,N/A,false,N/A,N/A
ci,arn:aws:iam::123456789012:user/ci,false,N/A,N/A,true,2026-01-01T00:00:00+00:00,N/A,false,N/A,N/A
";

    #[test]
    fn passwords_and_keys_of_the_root_user_are_read() {
        let content = STANDARD.encode(REPORT);
        let report = Report::read(&format!("{}\n{}", &content[..40], &content[40..])).unwrap();
        let jane = report.password("jane").unwrap();
        assert_eq!((jane.changed, jane.last_used), (date_of("2026-01-31"), Used::Never));
        assert_eq!(report.password("ci"), None);
        assert_eq!(report.root_keys(), [(date_of("2019-05-01"), Used::Never)]);
        assert!(report.has("ci") && !report.has("new"));
    }

    #[test]
    fn anything_is_survived() {
        assert!(Report::read("***").is_none());
        assert!(Report::read("").unwrap_or_default().root_keys().is_empty());
        assert!(
            Report::read(&STANDARD.encode("user\n\"")).is_some_and(|report| report.password("x").is_none())
        );
    }
}
