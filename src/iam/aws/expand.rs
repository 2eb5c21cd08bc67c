use super::{ActionId, ActionSet, Actions, Service, catalogue};
use crate::iam::Tri;
use crate::iam::pattern::{Element, Pattern, Piece};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

/// Patterns that have to be compared with all services, per expander. Real documents hold a handful; beyond
/// this such a pattern counts as unknown, so that no input makes a run take minutes.
const MAX_SLOW: usize = 100;

/// The actions that a list of patterns stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expansion {
    /// Matched for certain.
    pub yes: ActionSet,
    /// Matched or not, depending on a hole.
    pub maybe: ActionSet,
    /// Names, and patterns of one service, for which the catalogue has nothing: new actions, services without
    /// reference, misspellings.
    pub unknown_names: Vec<String>,
}

/// Expands patterns, remembering the costly ones.
#[derive(Debug, Default)]
pub struct Expander {
    slow: HashMap<Pattern, Expansion>,
}

/// What an `Action` or `NotAction` list stands for.
pub fn expand<T>(actions: &Actions<T>) -> Expansion {
    Expander::default().actions(actions)
}

impl Expander {
    pub fn actions<T>(&mut self, actions: &Actions<T>) -> Expansion {
        match actions {
            Actions::Only(elements) => self.elements(elements),
            Actions::Not(elements) => {
                let listed = self.elements(elements);
                let yes = listed.yes.union(&listed.maybe).complement();
                let maybe = listed.maybe.difference(&listed.yes);
                Expansion { yes, maybe, unknown_names: listed.unknown_names }
            }
        }
    }

    pub fn elements<T>(&mut self, elements: &[Element<T>]) -> Expansion {
        let mut expansion = Expansion::default();
        elements.iter().for_each(|element| self.add(&element.pattern, &mut expansion));
        expansion
    }

    pub fn pattern(&mut self, pattern: &Pattern) -> Expansion {
        let mut expansion = Expansion::default();
        self.add(pattern, &mut expansion);
        expansion
    }

    fn add(&mut self, pattern: &Pattern, into: &mut Expansion) {
        let everything = || 0..u32::try_from(catalogue().len()).unwrap_or(0);
        if pattern.is_any() {
            into.yes.insert_range(everything());
        } else if pattern.is_unknown() {
            into.maybe.insert_range(everything());
        } else if let Some(name) = pattern.as_text() {
            match catalogue().find(name) {
                Some(id) => into.yes.insert(id),
                None => into.unknown_names.push(name.to_owned()),
            }
        } else if let Some((service, name)) = pattern.split_once(':') {
            match service.as_text().map(|prefix| catalogue().service(prefix)) {
                Some(Some(service)) => {
                    if !add_of_service(service, Tri::Yes, &name, into) {
                        into.unknown_names.push(pattern.to_string());
                    }
                }
                Some(None) => into.unknown_names.push(pattern.to_string()),
                None => self.slow(pattern, into, |found| add_of_services(&service, &name, found)),
            }
        } else {
            self.slow(pattern, into, |found| add_by_comparison(pattern, found));
        }
    }

    fn slow(&mut self, pattern: &Pattern, into: &mut Expansion, find: impl FnOnce(&mut Expansion)) {
        let crowded = self.slow.len() >= MAX_SLOW;
        let found = self.slow.entry(pattern.clone()).or_insert_with(|| {
            let mut found = Expansion::default();
            match crowded {
                true => found.maybe = ActionSet::all(),
                false => find(&mut found),
            }
            found
        });
        into.yes.add(&found.yes);
        into.maybe.add(&found.maybe);
    }
}

/// The name of an action has one colon, so that what stands before the first colon of a pattern has to match
/// the service, and what follows has to match the rest.
fn add_of_services(service: &Pattern, name: &Pattern, into: &mut Expansion) {
    for candidate in catalogue().services() {
        let answer = service.matches_ignore_case(candidate.prefix);
        if answer.is_possible() {
            add_of_service(candidate, answer, name, into);
        }
    }
}

/// Adds the actions of one service that match, if any. `certainty` tells whether the service does.
fn add_of_service(service: &Service, certainty: Tri, name: &Pattern, into: &mut Expansion) -> bool {
    let start = name.prefix();
    let rest = name.without_prefix();
    let range = service.starting_with(start);
    let mut found = !range.is_empty();
    match rest.pieces() {
        [Piece::Star] if certainty.is_yes() => into.yes.insert_range(range),
        [Piece::Star | Piece::Hole] => into.maybe.insert_range(range),
        _ => {
            let matching = matching(service, name);
            matching.iter().for_each(|(id, answer)| note(answer.and(certainty), *id, into));
            found = !matching.is_empty();
        }
    }
    found
}

/// Patterns whose actions are remembered, and how long such a pattern is at most. Policies repeat each other's, and
/// each is asked for many times.
const MAX_KNOWN: usize = 4_096;
const MAX_PIECES: usize = 16;
const MAX_TEXT: usize = 128;

/// Actions that a pattern matches or may match.
type Matching = Arc<[(ActionId, Tri)]>;

/// The actions of a service that a pattern matches or may match, other than by a whole range.
fn matching(service: &Service, name: &Pattern) -> Matching {
    static KNOWN: LazyLock<RwLock<HashMap<(&'static str, Pattern), Matching>>> =
        LazyLock::new(RwLock::default);
    let key = (service.prefix, name.clone());
    if let Some(known) = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return known.clone();
    }
    let start = name.prefix();
    let rest = name.without_prefix();
    let all = service.within(service.starting_with(start));
    // All names in the range have the start in common.
    let answers = all.map(|(id, action)| (id, rest.matches_ignore_case(&action.name[start.len()..])));
    let found: Matching = answers.filter(|(_, answer)| answer.is_possible()).collect();
    let is_usual = |pieces: &[Piece]| {
        let text = |piece: &Piece| match piece {
            Piece::Text(text) | Piece::Variable(text) => text.len(),
            _ => 1,
        };
        pieces.len() <= MAX_PIECES && pieces.iter().map(text).sum::<usize>() <= MAX_TEXT
    };
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    if known.len() < MAX_KNOWN && is_usual(name.pieces()) {
        known.insert(key, found.clone());
    }
    found
}

/// Without a colon there is nothing to go by. AWS refuses such patterns.
fn add_by_comparison(pattern: &Pattern, into: &mut Expansion) {
    let start = pattern.prefix().to_ascii_lowercase();
    let mut name = String::new();
    for service in catalogue().services().iter().filter(|it| it.prefix.starts_with(&start)) {
        for (id, action) in service.ids().zip(service.actions()) {
            name.clear();
            name.extend([service.prefix, ":", action.name]);
            note(pattern.matches_ignore_case(&name), id, into);
        }
    }
}

fn note(answer: Tri, id: ActionId, into: &mut Expansion) {
    match answer {
        Tri::Yes => into.yes.insert(id),
        Tri::Maybe => into.maybe.insert(id),
        Tri::No => {}
    }
}
