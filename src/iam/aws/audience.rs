use super::limit::is_account;
use super::{Actions, Document, Effect, Limit, Principal, PrincipalKind, Principals, Resources, Statement};
use crate::iam::Tri;
use crate::iam::pattern::{Element, Pattern};

/// Whom a statement lets in, conditions and the Denies beside it taken into account.
#[derive(Clone, Debug, PartialEq)]
pub struct Audience {
    pub entry: Entry,
    /// What narrows it: index of the condition, and how.
    pub limits: Vec<(usize, Limit)>,
    /// Index of a Deny in the document that keeps everybody else out.
    pub denied_by: Option<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// No principals, or not an Allow.
    Nobody,
    /// Only those who are named, with the principals' indices.
    Named,
    /// Everybody, by the principal at this index.
    Everyone(usize),
    /// Everybody but the named: an Allow with `NotPrincipal`.
    EveryoneBut,
}

/// Who a named principal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who<'a> {
    Everyone,
    /// A whole account: its number, `arn:aws:iam::123456789012:root`.
    Account(String),
    /// A role or user, with the account's number where that is known.
    Member(Option<String>),
    Service(&'a str),
    Federated,
    /// Nothing that tells whose it is.
    Unknown,
}

impl Audience {
    /// Everybody in the world gets in.
    pub fn is_open(&self) -> bool {
        let let_in = matches!(self.entry, Entry::Everyone(_) | Entry::EveryoneBut);
        let_in && self.denied_by.is_none() && self.limits.iter().all(|(_, limit)| *limit == Limit::ExternalId)
    }

    pub fn has(&self, limit: Limit) -> bool {
        self.limits.iter().any(|(_, known)| *known == limit)
    }
}

/// Judges one statement of a document.
pub fn audience<T>(document: &Document<T>, index: usize) -> Audience {
    let nobody = Audience { entry: Entry::Nobody, limits: Vec::new(), denied_by: None };
    let Some(statement) = document.statements.get(index) else { return nobody };
    if statement.effect != Effect::Allow {
        return nobody;
    }
    let entry = match &statement.principals {
        Principals::Absent => return nobody,
        Principals::Not(_) => Entry::EveryoneBut,
        Principals::Only(list) => match list.iter().position(|it| it.who() == Who::Everyone) {
            Some(at) => Entry::Everyone(at),
            None => Entry::Named,
        },
    };
    let denied_by = match entry {
        Entry::Named => None,
        _ => document.statements.iter().position(|deny| takes_back(deny, statement).is_possible()),
    };
    Audience { entry, limits: statement.limits(), denied_by }
}

impl<T> Principal<T> {
    pub fn who(&self) -> Who<'_> {
        let pattern = &self.element.pattern;
        match &self.kind {
            PrincipalKind::Everyone | PrincipalKind::Aws => of_aws(pattern),
            PrincipalKind::Service => pattern.as_text().map_or(Who::Unknown, Who::Service),
            PrincipalKind::Federated => Who::Federated,
            PrincipalKind::CanonicalUser | PrincipalKind::Other(_) => Who::Unknown,
        }
    }
}

fn of_aws(pattern: &Pattern) -> Who<'static> {
    if pattern.is_any() {
        return Who::Everyone;
    }
    let text = pattern.to_string();
    if is_account(&text) {
        return Who::Account(text);
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, _, service, _, account, name] = parts.as_slice() else { return Who::Unknown };
    if *arn != "arn" || !["iam", "sts"].contains(service) {
        return Who::Unknown;
    }
    // AWS takes no wildcard here; whoever writes one means every account.
    if account.starts_with('*') && pattern.has_wildcard() {
        return Who::Everyone;
    }
    match (is_account(account), *name) {
        (true, "root") => Who::Account((*account).to_string()),
        (true, _) => Who::Member(Some((*account).to_string())),
        (false, "root") => Who::Unknown,
        (false, _) => Who::Member(None),
    }
}

/// Whether a Deny keeps out whoever is not meant to be let in by an Allow that is open to everybody.
fn takes_back<T>(deny: &Statement<T>, allow: &Statement<T>) -> Tri {
    if deny.effect != Effect::Deny {
        return Tri::No;
    }
    let about = match &deny.principals {
        Principals::Absent => Tri::No,
        Principals::Only(list) => Tri::any(list.iter().map(|it| Tri::from(it.who() == Who::Everyone))),
        Principals::Not(_) => Tri::Yes,
    };
    let met = Tri::all(deny.conditions.iter().map(|condition| condition.meets_outsiders()));
    // A Deny for everybody without condition or exception would leave nobody, and is about other actions.
    let excepts = matches!(deny.principals, Principals::Not(_)) || !deny.conditions.is_empty();
    if about.and(met).is_no() || !excepts {
        return Tri::No;
    }
    about.and(met).and(covers_actions(&deny.actions, &allow.actions)).and(covers_resources(deny, allow))
}

fn covers_actions<T>(deny: &Actions<T>, allow: &Actions<T>) -> Tri {
    match (deny, allow) {
        (Actions::Only(wide), Actions::Only(narrow)) => Tri::all(narrow.iter().map(|action| {
            let covers = |it: &Element<T>| it.pattern.covers_ignore_case(&action.pattern);
            Tri::any(wide.iter().map(covers))
        })),
        (Actions::Only(wide), Actions::Not(_)) => Tri::from(wide.iter().any(|it| it.pattern.is_any())),
        // Everything but a few is denied: the allowed actions must not be among the few.
        (Actions::Not(spared), Actions::Only(narrow)) => !Tri::any(narrow.iter().map(|action| {
            let meets = |it: &Element<T>| {
                let (left, right) = (&it.pattern, &action.pattern);
                left.covers_ignore_case(right).or(right.covers_ignore_case(left))
            };
            Tri::any(spared.iter().map(meets))
        })),
        (Actions::Not(_), Actions::Not(_)) => Tri::No,
    }
}

fn covers_resources<T>(deny: &Statement<T>, allow: &Statement<T>) -> Tri {
    let wide = match &deny.resources {
        Resources::Absent => return Tri::Yes,
        Resources::Not(_) => return Tri::No,
        Resources::Only(wide) => wide,
    };
    match &allow.resources {
        // Trust policies name none, and both are about the role.
        Resources::Absent => Tri::Yes,
        Resources::Not(_) => Tri::from(wide.iter().any(|it| it.pattern.is_any())),
        Resources::Only(narrow) => Tri::all(
            narrow
                .iter()
                .map(|resource| Tri::any(wide.iter().map(|it| it.pattern.covers(&resource.pattern)))),
        ),
    }
}
