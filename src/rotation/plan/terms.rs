use crate::config::{Environment, LimitKind, Privileged, RotationKind, RotationPolicy, RotationRule, Window};
use crate::identity::privilege::Level;
use jiff::SignedDuration;

/// What the policy looks at.
#[derive(Clone, Copy, Debug)]
pub(in crate::rotation) struct Subject<'a> {
    pub kind: Option<RotationKind>,
    pub production: Option<bool>,
    pub privilege: Level,
    /// `None` where nobody can tell.
    pub exposed: Option<bool>,
    pub address: &'a str,
}

/// What the policy says of one credential.
#[derive(Clone, Debug)]
pub(in crate::rotation) struct Terms {
    pub max_age: Option<SignedDuration>,
    /// Which key or rule says so.
    pub because: String,
    pub warning: SignedDuration,
    pub quiet: SignedDuration,
    pub keep_disabled: SignedDuration,
    pub windows: Vec<Window>,
    pub notify: Vec<String>,
}

/// The shortest age of all rules that match counts; of the other settings the first; everyone is told.
pub(in crate::rotation) fn of(policy: &RotationPolicy, subject: &Subject<'_>) -> Terms {
    let mut terms = Terms {
        max_age: subject.kind.and_then(|kind| policy.max(kind)),
        because: subject.kind.map(|kind| format!("`rotation.{}`", kind.key())).unwrap_or_default(),
        warning: policy.warning,
        quiet: policy.quiet,
        keep_disabled: policy.keep_disabled,
        windows: policy.windows.clone(),
        notify: policy.notify.iter().map(|name| name.get_ref().clone()).collect(),
    };
    let matching: Vec<_> =
        policy.rules.iter().enumerate().filter(|(_, rule)| matches(rule, subject)).collect();
    for (at, rule) in &matching {
        if let Some(max) = rule.max_age
            && terms.max_age.is_none_or(|known| max < known)
        {
            terms.max_age = Some(max);
            terms.because = format!("rule {} of `rotation`", at + 1);
        }
        terms.notify.extend(rule.notify.iter().map(|name| name.get_ref().clone()));
    }
    let rules = || matching.iter().map(|(_, rule)| rule);
    terms.quiet = rules().find_map(|rule| rule.quiet).unwrap_or(terms.quiet);
    terms.keep_disabled = rules().find_map(|rule| rule.keep_disabled).unwrap_or(terms.keep_disabled);
    if let Some(rule) = rules().find(|rule| !rule.windows.is_empty()) {
        terms.windows.clone_from(&rule.windows);
    }
    terms
}

fn matches(rule: &RotationRule, subject: &Subject<'_>) -> bool {
    rule.kind.is_none_or(|kind| subject.kind == Some(kind))
        && rule.production.is_none_or(|wanted| subject.production == Some(wanted))
        && rule.privilege.is_none_or(|least| subject.privilege >= level(least))
        && rule.exposed.is_none_or(|exposed| subject.exposed == Some(exposed))
        && rule.resource.as_ref().is_none_or(|glob| glob.matches(subject.address))
}

/// Whether a place is production, where it is known what it is.
pub(in crate::rotation) fn production(place: Option<&Environment>) -> Option<bool> {
    place.map(|place| *place == Environment::Production)
}

pub(in crate::rotation) fn level(least: Privileged) -> Level {
    match least {
        Privileged::Read => Level::Read,
        Privileged::Write => Level::Write,
        Privileged::Permissions => Level::Permissions,
        Privileged::Power => Level::Power,
        Privileged::Admin => Level::Admin,
    }
}
