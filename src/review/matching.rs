//! Which things of two revisions are the same: by address, then by `moved` blocks, then by what they are.

use super::portrait::Key;
use crate::eval::Moves;
use crate::identity::Model;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What two things are compared by when no address tells.
pub(super) trait Known {
    /// Resource type.
    fn kind(&self) -> &str;
    /// Name in the cloud.
    fn name(&self) -> Option<&str>;
    /// All that is known of it, but where it is.
    fn content(&self) -> String;
}

/// Pairs of keys that mean the same thing, and how it was recognised.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// By the key in the base.
    pub to: BTreeMap<Key, (Key, By)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Address,
    Moved,
    /// In another root module, or after its directory has another name.
    Root,
    /// By its name or content: without a `moved` block Terraform takes it for another one.
    Content,
}

impl Pairs {
    pub fn new<T: Known>(base: &BTreeMap<Key, T>, head: &BTreeMap<Key, T>, moves: &Moves) -> Self {
        let mut pairs = Pairs::default();
        for key in head.keys().filter(|key| base.contains_key(key)) {
            pairs.to.insert(key.clone(), (key.clone(), By::Address));
        }
        for key in head.keys().filter(|key| !base.contains_key(key)) {
            let former = former(moves, &key.address).into_iter();
            let mut former = former.map(|address| Key { root: key.root.clone(), address });
            let from = former.find(|from| base.contains_key(from) && !pairs.to.contains_key(from));
            if let Some(from) = from {
                pairs.to.insert(from, (key.clone(), By::Moved));
            }
        }
        pairs.meet(base, head, By::Root, |key, it| {
            Some(format!("{} {} {}", key.address, it.kind(), it.content()))
        });
        pairs.meet(base, head, By::Content, |_, it| Some(format!("{} {}", it.kind(), it.name()?)));
        pairs.meet(base, head, By::Root, |key, it| Some(format!("{} {}", key.address, it.kind())));
        pairs.meet(base, head, By::Content, |_, it| Some(format!("{} {}", it.kind(), it.content())));
        pairs
    }

    /// Pairs what is left where both sides have a sign only once.
    fn meet<T>(
        &mut self,
        base: &BTreeMap<Key, T>,
        head: &BTreeMap<Key, T>,
        by: By,
        sign: impl Fn(&Key, &T) -> Option<String>,
    ) {
        let taken: HashSet<&Key> = self.to.values().map(|(to, _)| to).collect();
        let left = base.iter().filter(|(key, _)| !self.to.contains_key(key));
        let left = once(left.filter_map(|(key, it)| Some((sign(key, it)?, key))));
        let right = head.iter().filter(|(key, _)| !taken.contains(key));
        let right = once(right.filter_map(|(key, it)| Some((sign(key, it)?, key))));
        for (sign, from) in left {
            let (Some(from), Some(Some(to))) = (from, right.get(&sign)) else { continue };
            let to: &Key = to;
            let by = if by == By::Content && from.root != to.root { By::Root } else { by };
            self.to.insert(from.clone(), (to.clone(), by));
        }
    }

    pub fn heads(&self) -> HashSet<&Key> {
        self.to.values().map(|(to, _)| to).collect()
    }

    /// Things that only have another address.
    pub fn moved(&self) -> usize {
        self.to.values().filter(|(_, by)| matches!(by, By::Moved | By::Root)).count()
    }
}

/// What an address was before, nearest first. When a resource gets or loses its `count`, Terraform takes the
/// instance without index and that with index zero for one, without being told (Terraform, "Refactoring").
pub(super) fn former(moves: &Moves, address: &str) -> Vec<String> {
    let mut found = moves.former(address);
    found.push(match address.strip_suffix("[0]") {
        Some(single) => single.to_string(),
        None => format!("{address}[0]"),
    });
    found
}

/// Keys by sign; none for a sign that occurs more than once.
fn once<'k>(signs: impl Iterator<Item = (String, &'k Key)>) -> BTreeMap<String, Option<&'k Key>> {
    let mut found = BTreeMap::new();
    for (sign, key) in signs {
        found.entry(sign).and_modify(|known| *known = None).or_insert(Some(key));
    }
    found
}

/// Turns addresses of the base into those of the head, also within a text.
#[derive(Debug, Default)]
pub(super) struct Translation {
    by_root: HashMap<String, Vec<(String, String)>>,
}

impl Translation {
    pub fn add(&mut self, pairs: &Pairs) {
        for (from, (to, _)) in pairs.to.iter().filter(|(from, (to, _))| from.address != to.address) {
            let pair = (from.address.clone(), to.address.clone());
            self.by_root.entry(from.root.clone()).or_default().push(pair);
        }
    }

    pub fn text(&self, root: &str, text: &str) -> String {
        let Some(pairs) = self.by_root.get(root) else { return text.to_string() };
        let mut text = text.to_string();
        for (from, to) in pairs {
            if let Some(at) = text.find(from.as_str()) {
                let end = at + from.len();
                let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '[' | '.');
                let follows = text[end..].chars().next().is_some_and(inside);
                let leads = text[..at].chars().next_back().is_some_and(inside);
                if !follows && !leads {
                    text.replace_range(at..end, to);
                }
            }
        }
        text
    }
}

/// Whether a root module is one and the same in both revisions.
pub(super) fn is_shared(left: &Model, right: &Model) -> bool {
    std::ptr::eq(left, right)
}
