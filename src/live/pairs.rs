use super::account::SeenCredential;
use super::declared::{Declared, HereKey};
use crate::identity::Naming;

/// Credentials of one holder and one type, as far as people's names for them tell which is which.
#[derive(Default)]
pub(super) struct Pairs<'s> {
    pub sure: Vec<(&'s SeenCredential, HereKey)>,
    /// No code means them.
    pub strangers: Vec<&'s SeenCredential>,
    /// None of those that are there is meant by them.
    pub gone: Vec<HereKey>,
    /// Any of those may be any of these.
    pub seen: Vec<&'s SeenCredential>,
    pub declared: Vec<HereKey>,
}

impl<'s> Pairs<'s> {
    pub fn of(seen: &[&'s SeenCredential], keys: &[HereKey], declared: &Declared<'_>) -> Self {
        let mut pairs = Pairs::default();
        let named: Vec<(HereKey, Naming)> = keys.iter().map(|key| (*key, declared.label(*key))).collect();
        let is = |naming: &Naming, one: &SeenCredential| match (naming, &one.label) {
            (Naming::Exact(name), label) => label.as_ref() == Some(name),
            (vague, Some(label)) => vague.fits(label),
            (Naming::Unknown, None) => true,
            (Naming::Pieces(_), None) => false,
        };
        let exact = |one: &SeenCredential| {
            let label = one.label.clone().map(Naming::Exact);
            let mut alike = named.iter().filter(|(_, naming)| label.as_ref() == Some(naming));
            alike.next().filter(|_| alike.next().is_none()).map(|(key, _)| *key)
        };
        for one in seen {
            match exact(one).filter(|_| seen.iter().filter(|other| other.label == one.label).count() == 1) {
                Some(key) => pairs.sure.push((one, key)),
                None => pairs.seen.push(one),
            }
        }
        let taken = |key: &HereKey| pairs.sure.iter().any(|(_, sure)| sure == key);
        let left: Vec<_> = named.iter().filter(|(key, _)| !taken(key)).collect();
        let (meant, strangers): (Vec<_>, Vec<_>) = std::mem::take(&mut pairs.seen)
            .into_iter()
            .partition(|one| left.iter().any(|(_, naming)| is(naming, one)));
        for (key, naming) in &left {
            match meant.iter().any(|one| is(naming, one)) {
                true => pairs.declared.push(*key),
                false => pairs.gone.push(*key),
            }
        }
        Pairs { strangers, seen: meant, ..pairs }
    }
}
