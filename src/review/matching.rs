//! Which things of two revisions are the same: by address, then by `moved` blocks, then by what they are.

use super::portrait::Key;
use crate::analysis::Analysis;
use crate::identity::Model;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Addresses that `moved` blocks of the head change, by root module.
#[derive(Debug, Default)]
pub(super) struct Moves {
    by_root: HashMap<String, Vec<(String, String)>>,
}

impl Moves {
    pub fn of(head: &Analysis) -> Self {
        let by_dir = blocks(head);
        let mut moves = Moves::default();
        if by_dir.is_empty() {
            return moves;
        }
        for model in &head.estate.models {
            for module in &model.project.modules {
                let prefix =
                    if module.address.is_empty() { String::new() } else { format!("{}.", module.address) };
                let pairs = by_dir.get(module.dir.as_str()).into_iter().flatten();
                let pairs = pairs.map(|(from, to)| (format!("{prefix}{from}"), format!("{prefix}{to}")));
                moves.by_root.entry(super::portrait::root_of(model)).or_default().extend(pairs);
            }
        }
        moves
    }

    /// The address that something has afterwards.
    pub fn address(&self, root: &str, address: &str) -> Option<String> {
        let pairs = self.by_root.get(root)?;
        let mut found: Option<String> = None;
        // A module may move, and in it a resource.
        for (from, to) in pairs.iter().chain(pairs) {
            let at = found.as_deref().unwrap_or(address);
            let Some(rest) = at.strip_prefix(from.as_str()) else { continue };
            if rest.is_empty() || rest.starts_with(['.', '[']) {
                found = Some(format!("{to}{rest}"));
            }
        }
        found
    }
}

/// `from` and `to` of the `moved` blocks in each directory.
fn blocks(head: &Analysis) -> HashMap<&str, Vec<(String, String)>> {
    let mut found: HashMap<&str, Vec<(String, String)>> = HashMap::new();
    for (file, parsed) in head.sources.iter().zip(&head.parsed) {
        for block in parsed.body.blocks.iter().filter(|block| &*block.kind == "moved") {
            let text = |name: &str| {
                let attribute = block.body.attributes.iter().find(|it| &*it.name == name)?;
                let text: String = file.slice(attribute.expr.span).split_whitespace().collect();
                // In JSON it is a string.
                Some(text.trim_matches('"').to_string())
            };
            if let (Some(from), Some(to)) = (text("from"), text("to")) {
                found.entry(file.dir()).or_default().push((from, to));
            }
        }
    }
    found
}

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
        let mut taken: HashSet<Key> = HashSet::new();
        for key in base.keys() {
            let (to, by) = match moves.address(&key.root, &key.address) {
                _ if head.contains_key(key) => (key.clone(), By::Address),
                Some(address) => (Key { root: key.root.clone(), address }, By::Moved),
                None => continue,
            };
            if head.contains_key(&to) && taken.insert(to.clone()) {
                pairs.to.insert(key.clone(), (to, by));
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
