use super::limits::length;
use super::secret_source::webhook;
use super::table::Table;
use super::{
    AddressGlob, JournalSettings, LimitKind, Limits, RotationKind, RotationTarget, SecretSource, Window,
};
use crate::dates::{days, seconds};
use jiff::SignedDuration;
use toml::Spanned;
use toml::de::DeValue;

/// `[rotation]`: how old credentials may become, and how they are exchanged.
#[derive(Clone, Debug)]
pub struct RotationPolicy {
    limits: Limits<RotationKind>,
    /// How long before the limit a credential is planned for.
    pub warning: SignedDuration,
    /// How long nobody may have used the old one before it is disabled.
    pub quiet: SignedDuration,
    /// How long it stays disabled, so that it can be brought back, before it is deleted.
    pub keep_disabled: SignedDuration,
    /// When credentials may be changed; always without any.
    pub windows: Vec<Window>,
    /// Who is told, beside the owner.
    pub notify: Vec<Spanned<String>>,
    /// `[[rotation.rule]]`.
    pub rules: Vec<RotationRule>,
    /// `[[rotation.target]]`: what `keyward rotate run` exchanges, and how.
    pub targets: Vec<RotationTarget>,
    /// Where runs are written down.
    pub journal: Option<JournalSettings>,
    /// Where it is told how runs go.
    pub webhook: Option<SecretSource>,
}

/// What holds for some credentials. All conditions have to be met; what is not said is free.
#[derive(Clone, Debug, Default)]
pub struct RotationRule {
    pub kind: Option<RotationKind>,
    pub production: Option<bool>,
    /// The identity may do at least this much.
    pub privilege: Option<Privileged>,
    /// A workload that can be reached from the internet uses it.
    pub exposed: Option<bool>,
    pub resource: Option<AddressGlob>,
    pub max_age: Option<SignedDuration>,
    pub quiet: Option<SignedDuration>,
    pub keep_disabled: Option<SignedDuration>,
    pub windows: Vec<Window>,
    pub notify: Vec<Spanned<String>>,
}

/// Levels of privilege, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Privileged {
    Read,
    Write,
    Permissions,
    Power,
    Admin,
}

impl Privileged {
    pub(super) const ALL: [Privileged; 5] =
        [Privileged::Read, Privileged::Write, Privileged::Permissions, Privileged::Power, Privileged::Admin];

    pub fn name(self) -> &'static str {
        match self {
            Privileged::Read => "read",
            Privileged::Write => "write",
            Privileged::Permissions => "permissions",
            Privileged::Power => "power",
            Privileged::Admin => "admin",
        }
    }
}

impl Default for RotationPolicy {
    fn default() -> Self {
        RotationPolicy {
            limits: Limits::default(),
            warning: days(14),
            quiet: seconds(24 * 3_600),
            keep_disabled: days(7),
            windows: Vec::new(),
            notify: Vec::new(),
            rules: Vec::new(),
            targets: Vec::new(),
            journal: None,
            webhook: None,
        }
    }
}

impl RotationPolicy {
    /// The longest between two rotations, or `None` when this kind has no limit.
    pub fn max(&self, kind: RotationKind) -> Option<SignedDuration> {
        self.limits.max(kind)
    }

    pub(super) fn read(mut table: Table<'_>) -> Self {
        let usual = RotationPolicy::default();
        let policy = RotationPolicy {
            limits: Limits::read_from(&mut table),
            warning: length(&mut table, "warning").unwrap_or(usual.warning),
            quiet: length(&mut table, "quiet").unwrap_or(usual.quiet),
            keep_disabled: length(&mut table, "keep-disabled").unwrap_or(usual.keep_disabled),
            windows: read_windows(&mut table),
            notify: table.strings("notify").unwrap_or_default(),
            rules: table.tables("rule").into_iter().map(RotationRule::read).collect(),
            targets: table.tables("target").into_iter().filter_map(RotationTarget::read).collect(),
            journal: JournalSettings::read(&mut table),
            webhook: webhook(&mut table),
        };
        refuse_twice(&policy.targets, &table);
        table.finish();
        policy
    }
}

impl RotationRule {
    fn read(mut table: Table<'_>) -> Self {
        let rule = RotationRule {
            kind: table.choice("kind", RotationKind::ALL, RotationKind::key),
            production: read_production(&mut table),
            privilege: table.choice("privilege", &Privileged::ALL, Privileged::name),
            exposed: read_flag(&mut table, "exposed"),
            resource: table.string("resource").map(|text| AddressGlob::new(text.into_inner())),
            max_age: length(&mut table, "max-age"),
            quiet: length(&mut table, "quiet"),
            keep_disabled: length(&mut table, "keep-disabled"),
            windows: read_windows(&mut table),
            notify: table.strings("notify").unwrap_or_default(),
        };
        let says = ["max-age", "quiet", "keep-disabled", "windows", "notify"];
        if !says.iter().any(|key| table.has(key)) {
            let help = format!("give it one of: {}", says.join(", "));
            table.sink.help(table.span.clone(), "this rule changes nothing", help);
        }
        table.finish();
        rule
    }
}

/// Whether `environment` is that of production.
pub(super) fn read_production(table: &mut Table<'_>) -> Option<bool> {
    let name = table.choice("environment", &["production", "non-production"], |name| name)?;
    Some(name == "production")
}

pub(super) fn read_flag(table: &mut Table<'_>, key: &'static str) -> Option<bool> {
    let value = table.get(key)?;
    match value.get_ref() {
        DeValue::Boolean(flag) => Some(*flag),
        _ => {
            table.mismatch(key, "true or false", value, None);
            None
        }
    }
}

fn refuse_twice(targets: &[RotationTarget], table: &Table<'_>) {
    for (at, target) in targets.iter().enumerate() {
        let name = &target.credential;
        if targets[..at].iter().any(|known| known.credential.get_ref() == name.get_ref()) {
            let help = "one target lists all sinks of a credential";
            table.sink.help(name.span(), format!("`{}` is there twice", name.get_ref()), help);
        }
    }
}

pub(super) fn read_windows(table: &mut Table<'_>) -> Vec<Window> {
    let texts = table.strings("windows").unwrap_or_default();
    let read = |text: &Spanned<String>| {
        let window = Window::parse(text.get_ref());
        if window.is_none() {
            let help = "an example, in UTC: `windows = [\"Mon-Thu 09:00-16:00\", \"Fri 22:00-04:00\"]`";
            table.sink.help(text.span(), format!("`{}` is no window", text.get_ref()), help);
        }
        window
    };
    texts.iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use crate::config::{Privileged, RotationKind, parse, testing};
    use crate::dates::{days, seconds};

    #[test]
    fn everything_is_read() {
        let text = r#"
[rotation]
access-key = 60
token = false
quiet = "48h"
windows = ["Mon-Thu 09:00-16:00"]
notify = ["platform-oncall"]

[[rotation.rule]]
kind = "access-key"
environment = "production"
privilege = "admin"
exposed = true
resource = "module.ci.*"
max-age = 30
notify = ["security"]
"#;
        let policy = parse(text, &[]).unwrap().rotation;
        assert_eq!(policy.max(RotationKind::AccessKey), Some(days(60)));
        assert_eq!(policy.max(RotationKind::Token), None);
        assert_eq!((policy.quiet, policy.keep_disabled), (seconds(48 * 3_600), days(7)));
        let rule = &policy.rules[0];
        assert_eq!((rule.kind, rule.production), (Some(RotationKind::AccessKey), Some(true)));
        assert_eq!((rule.privilege, rule.exposed), (Some(Privileged::Admin), Some(true)));
        assert_eq!(rule.max_age, Some(days(30)));
        assert!(rule.resource.as_ref().unwrap().matches("module.ci.aws_iam_access_key.a"));
    }

    #[test]
    fn mistakes_are_told() {
        let text = r#"[rotation]
quiet = 0
windows = ["always"]

[[rotation.rule]]
kind = "keys"
environment = "production"
"#;
        let errors = parse(text, &[]).unwrap_err();
        insta::assert_snapshot!(testing::render(text, &errors));
    }
}
