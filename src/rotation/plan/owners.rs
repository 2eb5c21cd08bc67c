use super::Input;
use super::terms::Terms;
use crate::identity::Ownership;
use crate::owners::{Lookup, Roster, is_placeholder, split_owners};
use jiff::civil::Date;

/// Says who is gone, when everybody who is named as the owner is.
pub(super) fn gone(owner: &Ownership, input: &Input<'_>) -> Option<String> {
    owner_gone(owner.name()?, input.roster, input.today)
}

/// The same of an owner whose name may come from anywhere.
pub fn owner_gone(owner: &str, roster: Option<&Roster>, today: Date) -> Option<String> {
    let roster = roster.filter(|roster| !roster.is_empty())?;
    let names = split_owners(owner);
    let mut left = None;
    for name in &names {
        if is_placeholder(name) {
            return None;
        }
        let Lookup::Ended { entry, since } = roster.lookup(name, today) else { return None };
        let when = since.map(|date| format!(" on {date}")).unwrap_or_default();
        left = Some(format!("its owner `{}` left{when} and may still know it", entry.name));
    }
    left
}

/// The owner, unless nobody is there any more, and whom the policy names; each once.
pub(super) fn notify(owner: Option<&str>, gone: bool, terms: &Terms) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let owners = owner.filter(|_| !gone).map(split_owners).unwrap_or_default();
    for name in owners.into_iter().map(str::to_owned).chain(terms.notify.iter().cloned()) {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}
