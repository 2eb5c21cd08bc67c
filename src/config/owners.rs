use super::table::Table;
use regex::{Regex, RegexBuilder};
use toml::Spanned;
use toml::de::DeValue;

/// Tag and label keys that name an owner, best first. `managed-by` and `created-by` are left out, since they
/// name the tool or the past, and `cost-owner` and `department`, since who pays need not be able to act.
const KEYS: &str = "\
    owner owners owned-by owner-team owning-team owner-email owner-id service-owner app-owner \
    application-owner product-owner system-owner data-owner technical-owner tech-owner business-owner \
    code-owner team team-name team-email support-team squad tribe maintainer maintainers maintained-by \
    contact contacts contact-email technical-contact tech-contact business-contact point-of-contact poc \
    steward custodian accountable responsible responsible-team";

/// How an owner is known, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// A CODEOWNERS line that covers everything and so says nothing about this identity.
    CatchAll,
    /// A CODEOWNERS line for the file.
    Codeowners,
    /// Named in a description or comment.
    Text,
    /// A tag, a label or an `owners` attribute.
    Declared,
}

impl Evidence {
    pub const ALL: [Evidence; 4] =
        [Evidence::CatchAll, Evidence::Codeowners, Evidence::Text, Evidence::Declared];

    pub fn name(self) -> &'static str {
        match self {
            Evidence::CatchAll => "catch-all",
            Evidence::Codeowners => "codeowners",
            Evidence::Text => "text",
            Evidence::Declared => "declared",
        }
    }
}

/// Where CODEOWNERS is read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CodeOwnersSetting {
    /// Where forges look.
    #[default]
    Usual,
    Off,
    /// A file, relative to the configuration.
    At(Spanned<String>),
}

/// `[owners]`.
#[derive(Clone, Debug, Default)]
pub struct OwnerSettings {
    pub keys: OwnerKeys,
    /// Patterns for prose besides the built-in ones; the group `owner`, or else the first, is the owner.
    pub patterns: Vec<Regex>,
    /// A CSV, JSON or CODEOWNERS file, relative to the configuration.
    pub roster: Option<Spanned<String>>,
    pub codeowners: CodeOwnersSetting,
    /// Evidence weaker than this leaves an identity without an owner; `None` stands for `codeowners`.
    min_evidence: Option<Evidence>,
}

impl OwnerSettings {
    pub fn min_evidence(&self) -> Evidence {
        self.min_evidence.unwrap_or(Evidence::Codeowners)
    }

    pub(super) fn read(mut table: Table<'_>) -> Self {
        let keys = match table.strings("keys") {
            Some(keys) => OwnerKeys::new(keys.iter().map(|key| key.get_ref().as_str())),
            None => OwnerKeys::default(),
        };
        let patterns = table.strings("patterns").unwrap_or_default();
        let patterns = patterns.iter().filter_map(|pattern| read_pattern(pattern, &table)).collect();
        let roster = table.string("roster");
        let codeowners = read_codeowners(&mut table);
        let min_evidence = table.choice("min-evidence", &Evidence::ALL, Evidence::name);
        table.finish();
        OwnerSettings { keys, patterns, roster, codeowners, min_evidence }
    }
}

fn read_pattern(pattern: &Spanned<String>, table: &Table<'_>) -> Option<Regex> {
    let help = "an example: `patterns = ['on-call: (?<owner>\\S+)']`";
    match RegexBuilder::new(pattern.get_ref()).case_insensitive(true).build() {
        Ok(regex) if regex.captures_len() > 1 => Some(regex),
        Ok(_) => {
            table.sink.help(pattern.span(), "the pattern has no group that captures the owner", help);
            None
        }
        Err(error) => {
            // The first lines repeat the pattern with a marker; the last one says what is wrong.
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            table.sink.help(pattern.span(), format!("not a regular expression: {reason}"), help);
            None
        }
    }
}

fn read_codeowners(table: &mut Table<'_>) -> CodeOwnersSetting {
    let Some(value) = table.get("codeowners") else { return CodeOwnersSetting::Usual };
    match value.get_ref() {
        DeValue::Boolean(true) => CodeOwnersSetting::Usual,
        DeValue::Boolean(false) => CodeOwnersSetting::Off,
        DeValue::String(path) => CodeOwnersSetting::At(Spanned::new(value.span(), path.to_string())),
        _ => {
            table.mismatch("codeowners", "true, false or a path", value, None);
            CodeOwnersSetting::Usual
        }
    }
}

/// Which tag and label keys name an owner. Case, `-`, `_`, `:`, `.`, spaces and a prefix such as `acme:` or
/// `acme.com/` make no difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerKeys(Vec<String>);

impl Default for OwnerKeys {
    fn default() -> Self {
        OwnerKeys::new(KEYS.split_whitespace())
    }
}

impl OwnerKeys {
    pub fn new<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        OwnerKeys(keys.into_iter().map(normal).collect())
    }

    /// The place of `key` in the list; the lowest is the best owner key.
    pub fn rank(&self, key: &str) -> Option<usize> {
        let place = |text: &str| {
            let wanted = normal(text);
            self.0.iter().position(|known| *known == wanted)
        };
        place(key).or_else(|| place(key.rsplit([':', '/', '.']).next().unwrap_or_default()))
    }

    pub fn matches(&self, key: &str) -> bool {
        self.rank(key).is_some()
    }
}

fn normal(key: &str) -> String {
    let separator = |c: &char| matches!(c, '-' | '_' | ':' | '.' | '/') || c.is_whitespace();
    key.chars().filter(|c| !separator(c)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_match_however_they_are_written() {
        let keys = OwnerKeys::default();
        for key in [
            "owner",
            "Owner",
            "OWNER",
            "acme:owner",
            "acme.com/Team",
            "service_owner",
            "ServiceOwner",
            "Tech Contact",
            "acme:technical-contact",
        ] {
            assert!(keys.matches(key), "{key}");
        }
        for key in ["name", "ownership", "steam", "managed-by", "CreatedBy", "owner:id:x", "", ":"] {
            assert!(!keys.matches(key), "{key}");
        }
        assert!(keys.rank("Owner") < keys.rank("team"));
    }

    #[test]
    fn a_list_of_ones_own_replaces_the_standard_one() {
        let keys = OwnerKeys::new(["pay-unit"]);
        assert!(keys.matches("PayUnit"));
        assert!(!keys.matches("owner"));
    }
}
