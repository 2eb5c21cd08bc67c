use super::{ActionId, Level, catalogue};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;

/// A set of actions of the catalogue, one bit each.
#[derive(Clone, Default)]
pub struct ActionSet {
    /// Either empty, for an empty set, or as long as the catalogue needs.
    words: Vec<u64>,
}

impl ActionSet {
    pub fn new() -> Self {
        ActionSet::default()
    }

    /// Every action there is.
    pub fn all() -> Self {
        let mut set = ActionSet::new();
        set.insert_range(0..u32::try_from(catalogue().len()).unwrap_or(0));
        set
    }

    /// The known ones among these names.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut set = ActionSet::new();
        names.into_iter().filter_map(|name| catalogue().find(name)).for_each(|id| set.insert(id));
        set
    }

    pub fn insert(&mut self, id: ActionId) {
        self.grow();
        self.words[id.0 as usize / 64] |= 1 << (id.0 % 64);
    }

    pub(super) fn insert_range(&mut self, range: Range<u32>) {
        if range.is_empty() {
            return;
        }
        self.grow();
        masks(range).for_each(|(at, mask)| self.words[at] |= mask);
    }

    pub fn contains(&self, id: ActionId) -> bool {
        self.words.get(id.0 as usize / 64).is_some_and(|word| word >> (id.0 % 64) & 1 == 1)
    }

    /// Whether an action is in the set, by its full name in any case.
    pub fn has(&self, full_name: &str) -> bool {
        catalogue().find(full_name).is_some_and(|id| self.contains(id))
    }

    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    pub fn add(&mut self, other: &ActionSet) {
        if !other.words.is_empty() {
            self.grow();
        }
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
    }

    pub fn remove(&mut self, other: &ActionSet) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= !other);
    }

    pub fn keep(&mut self, other: &ActionSet) {
        if other.words.is_empty() {
            self.words.clear();
        }
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= other);
    }

    #[must_use]
    pub fn union(&self, other: &ActionSet) -> ActionSet {
        let mut set = self.clone();
        set.add(other);
        set
    }

    #[must_use]
    pub fn intersection(&self, other: &ActionSet) -> ActionSet {
        let mut set = self.clone();
        set.keep(other);
        set
    }

    #[must_use]
    pub fn difference(&self, other: &ActionSet) -> ActionSet {
        let mut set = self.clone();
        set.remove(other);
        set
    }

    /// Every action that is not in the set.
    #[must_use]
    pub fn complement(&self) -> ActionSet {
        ActionSet::all().difference(self)
    }

    pub fn is_subset(&self, other: &ActionSet) -> bool {
        let word_of = |at| other.words.get(at).copied().unwrap_or(0);
        self.words.iter().enumerate().all(|(at, word)| word & !word_of(at) == 0)
    }

    pub fn is_disjoint(&self, other: &ActionSet) -> bool {
        self.words.iter().zip(&other.words).all(|(word, other)| word & other == 0)
    }

    /// The actions in order of the catalogue.
    pub fn iter(&self) -> impl Iterator<Item = ActionId> {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let first = u32::try_from(at * 64).unwrap_or(0);
            std::iter::successors(Some(*word), |word| Some(word & word.wrapping_sub(1)))
                .take_while(|word| *word != 0)
                .map(move |word| ActionId(first + word.trailing_zeros()))
        })
    }

    /// The full names, in order of the catalogue.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.iter().map(|id| catalogue().full_name(id))
    }

    /// How many actions of each access level, in the order of `Level`.
    pub fn by_level(&self) -> [usize; 5] {
        Level::ALL.map(|level| {
            let all = catalogue().at_level(level);
            let common = self.words.iter().zip(&all.words).map(|(word, all)| (word & all).count_ones());
            common.map(|count| count as usize).sum()
        })
    }

    /// The prefix of every service with an action in the set, with how many of its actions are, and how many
    /// it has.
    pub fn by_service(&self) -> Vec<(&'static str, usize, usize)> {
        if self.words.is_empty() {
            return Vec::new();
        }
        let count = |range: Range<u32>| {
            let masks = masks(range).map(|(at, mask)| (self.words[at] & mask).count_ones() as usize);
            masks.sum()
        };
        let services = catalogue().services().iter();
        let counted = services.map(|service| {
            let range = service.id_range();
            (service.prefix, count(range.clone()), range.len())
        });
        counted.filter(|(_, granted, _)| *granted > 0).collect()
    }

    fn grow(&mut self) {
        if self.words.is_empty() {
            self.words.resize(catalogue().len().div_ceil(64), 0);
        }
    }
}

/// The words that a range of actions lies in, each with the bits that are in the range.
fn masks(range: Range<u32>) -> impl Iterator<Item = (usize, u64)> {
    let Range { start, end } = range;
    let words = if start < end { start / 64..(end - 1) / 64 + 1 } else { 0..0 };
    words.map(move |word| {
        let mut mask = u64::MAX;
        if word == start / 64 {
            mask &= u64::MAX << (start % 64);
        }
        if word == (end - 1) / 64 {
            mask &= u64::MAX >> (63 - (end - 1) % 64);
        }
        (word as usize, mask)
    })
}

impl PartialEq for ActionSet {
    fn eq(&self, other: &ActionSet) -> bool {
        self.is_subset(other) && other.is_subset(self)
    }
}

impl Eq for ActionSet {}

impl Hash for ActionSet {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // An empty set may have words or not, and has to come out the same.
        self.words.iter().enumerate().filter(|(_, word)| **word != 0).for_each(|word| word.hash(state));
    }
}

impl fmt::Debug for ActionSet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.names().take(20).collect();
        write!(out, "ActionSet({} actions: {}…)", self.len(), names.join(" "))
    }
}
