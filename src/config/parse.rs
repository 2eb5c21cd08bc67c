use super::error::{ConfigError, Sink};
use super::table::Table;
use super::{
    Environments, ExpiryPolicy, Invariant, LiveSettings, OwnerSettings, PathGlobs, PullRequests,
    RotationPolicy, Waiver, selector,
};
use crate::diagnostic::{Persona, Severity};
use indexmap::IndexMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// From which severity on a run fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    Never,
    At(Severity),
}

impl Default for FailOn {
    fn default() -> Self {
        FailOn::At(Severity::High)
    }
}

/// All of `keyward.toml`. Paths are as written, relative to the directory of the file.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub fail_on: FailOn,
    pub persona: Persona,
    /// Rule names, codes or categories; empty for all.
    pub select: Vec<Spanned<String>>,
    pub ignore: Vec<Spanned<String>>,
    pub exclude: PathGlobs,
    pub var_files: Vec<Spanned<String>>,
    pub vars: IndexMap<String, Spanned<serde_json::Value>>,
    pub owners: OwnerSettings,
    pub expiry: ExpiryPolicy,
    pub rotation: RotationPolicy,
    pub environments: Environments,
    /// Accounts that are not third parties.
    pub own_accounts: Vec<Spanned<String>>,
    pub waivers: Vec<Waiver>,
    pub invariants: Vec<Invariant>,
    pub pull_requests: PullRequests,
    pub live: LiveSettings,
}

/// Parses a configuration. `known` holds the names, codes and categories of all rules. Either all of the
/// file is good, or all of its problems are returned in the order of the text.
pub fn parse(text: &str, known: &[&str]) -> Result<Config, Vec<ConfigError>> {
    let (document, syntax) = DeTable::parse_recoverable(text);
    let sink = Sink::default();
    let config = read(Table::new("", document.span(), document.get_ref(), &sink), known);
    let mut errors = syntax_errors(text, &syntax);
    // What the parser made up to get past a broken line says nothing about what was meant there.
    let broken: Vec<_> =
        syntax.iter().filter_map(|error| error.span().map(|span| lines_of(text, &span))).collect();
    let about_broken = |error: &ConfigError| {
        let lines = error.span.as_ref().map(|span| lines_of(text, span));
        lines.is_some_and(|lines| broken.iter().any(|b| b.start < lines.end && lines.start < b.end))
    };
    errors.extend(sink.into_errors().into_iter().filter(|error| !about_broken(error)));
    errors.sort_by_key(|error| error.span.as_ref().map_or(0, |span| span.start));
    if errors.is_empty() { Ok(config) } else { Err(errors) }
}

/// The parser's errors without their echoes: one for each line, and within a list that is never closed only
/// the place where it first goes wrong, since from there on everything is taken for a member.
fn syntax_errors(text: &str, syntax: &[toml::de::Error]) -> Vec<ConfigError> {
    const IN_LIST: &str = "missing comma between array elements";
    let unclosed = syntax.iter().any(|error| error.message().contains("unclosed array"));
    let mut last_line = None;
    let mut in_list = false;
    let mut errors = Vec::new();
    let mut ordered: Vec<_> = syntax.iter().collect();
    ordered.sort_by_key(|error| error.span().map_or(0, |span| span.start));
    for error in ordered {
        let message = error.message().trim().replace('\n', ", ");
        let line = error.span().map(|span| lines_of(text, &span).start);
        let echo = in_list && unclosed && !message.contains("unclosed array");
        in_list |= message.starts_with(IN_LIST);
        if echo || (line.is_some() && line == last_line) {
            continue;
        }
        last_line = line;
        errors.push(ConfigError { span: error.span(), message, help: None });
    }
    errors
}

/// The whole lines that a range touches.
fn lines_of(text: &str, span: &Range<usize>) -> Range<usize> {
    let bytes = text.as_bytes();
    let start = span.start.min(bytes.len());
    let end = span.end.clamp(start, bytes.len());
    let start = memchr::memrchr(b'\n', &bytes[..start]).map_or(0, |at| at + 1);
    let end = memchr::memchr(b'\n', &bytes[end..]).map_or(bytes.len(), |at| end + at);
    start..end.max(start + 1)
}

fn read(mut top: Table<'_>, known: &[&str]) -> Config {
    let sink = top.sink;
    let levels = ["never", "info", "low", "medium", "high", "critical"];
    let fail_on = match top.choice("fail-on", &levels, |level| level) {
        Some("never") => FailOn::Never,
        Some(level) => level.parse().map(FailOn::At).unwrap_or_default(),
        None => FailOn::default(),
    };
    let personas = [Persona::Regular, Persona::Strict, Persona::Auditor];
    let persona = top.choice("persona", &personas, Persona::name).unwrap_or_default();
    let select = top.strings("select").unwrap_or_default();
    let ignore = top.strings("ignore").unwrap_or_default();
    selector::check(&select, known, sink);
    selector::check(&ignore, known, sink);
    let config = Config {
        fail_on,
        persona,
        select,
        ignore,
        exclude: PathGlobs::read(top.strings("exclude").unwrap_or_default(), sink),
        var_files: top.strings("var-files").unwrap_or_default(),
        vars: top.table("vars").map(|table| read_vars(&table)).unwrap_or_default(),
        owners: top.table("owners").map(OwnerSettings::read).unwrap_or_default(),
        expiry: top.table("expiry").map(ExpiryPolicy::read).unwrap_or_default(),
        rotation: top.table("rotation").map(RotationPolicy::read).unwrap_or_default(),
        environments: top.table("environments").map(Environments::read).unwrap_or_default(),
        own_accounts: read_accounts(&mut top),
        waivers: top.tables("waiver").into_iter().filter_map(|table| Waiver::read(table, known)).collect(),
        invariants: top.tables("invariant").into_iter().filter_map(Invariant::read).collect(),
        pull_requests: top.table("pr").map(PullRequests::read).unwrap_or_default(),
        live: top.table("live").map(LiveSettings::read).unwrap_or_default(),
    };
    top.finish();
    config
}

fn read_accounts(top: &mut Table<'_>) -> Vec<Spanned<String>> {
    let accounts = top.strings("own-accounts").unwrap_or_default();
    for account in &accounts {
        let text = account.get_ref();
        // Twelve digits are an AWS account; anything with letters may be a project, tenant or organisation.
        if text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() != 12 {
            let message = format!("`{text}` has {} digits, an AWS account has 12", text.len());
            top.sink.error(account.span(), message);
        }
    }
    accounts
}

fn read_vars(table: &Table<'_>) -> IndexMap<String, Spanned<serde_json::Value>> {
    let mut vars = IndexMap::new();
    for (name, value) in table.entries() {
        match json(value.get_ref()) {
            Some(plain) => {
                vars.insert(name.get_ref().to_string(), Spanned::new(value.span(), plain));
            }
            None => table.sink.error(value.span(), "this number has no equal in Terraform"),
        }
    }
    vars.sort_by(|_, left, _, right| left.span().start.cmp(&right.span().start));
    vars
}

/// The same value without TOML's own types: a date becomes the string that Terraform would hold.
fn json(value: &DeValue<'_>) -> Option<serde_json::Value> {
    Some(match value {
        DeValue::String(text) => text.to_string().into(),
        DeValue::Boolean(flag) => (*flag).into(),
        DeValue::Datetime(moment) => moment.to_string().into(),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok()?.into(),
        DeValue::Float(number) => serde_json::Number::from_f64(number.as_str().parse().ok()?)?.into(),
        DeValue::Array(items) => {
            items.iter().map(|item| json(item.get_ref())).collect::<Option<Vec<_>>>()?.into()
        }
        DeValue::Table(entries) => {
            let pair = |(key, value): (&Spanned<toml::de::DeString<'_>>, &Spanned<DeValue<'_>>)| {
                Some((key.get_ref().to_string(), json(value.get_ref())?))
            };
            serde_json::Value::Object(entries.iter().map(pair).collect::<Option<_>>()?)
        }
    })
}

#[cfg(test)]
mod tests;
