use super::{ActionId, ActionSet, Actions, Service, catalogue};
use crate::iam::Tri;
use crate::iam::pattern::{Element, Pattern, Piece};
use std::collections::HashMap;

/// Patterns that have to be compared with the whole catalogue, per expander. Real documents hold a handful;
/// beyond this such a pattern counts as unknown, so that no input makes a run take minutes.
const MAX_SLOW: usize = 1_000;

/// The actions that a list of patterns stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expansion {
    /// Matched for certain.
    pub yes: ActionSet,
    /// Matched or not, depending on a hole.
    pub maybe: ActionSet,
    /// Names that the catalogue does not have: new actions, services without reference, misspellings.
    pub unknown_names: Vec<String>,
}

/// Expands patterns, remembering the costly ones.
#[derive(Debug, Default)]
pub struct Expander {
    slow: HashMap<Pattern, (ActionSet, ActionSet)>,
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
        } else if let Some((service, name)) = pattern.prefix().split_once(':') {
            match catalogue().service(service) {
                Some(service) => add_of_service(service, name, pattern, into),
                None => into.unknown_names.push(pattern.to_string()),
            }
        } else {
            let (yes, maybe) = self.slow(pattern);
            into.yes.add(yes);
            into.maybe.add(maybe);
        }
    }

    /// The service itself is a pattern: every action has to be looked at.
    fn slow(&mut self, pattern: &Pattern) -> &(ActionSet, ActionSet) {
        let crowded = self.slow.len() >= MAX_SLOW;
        self.slow.entry(pattern.clone()).or_insert_with(|| {
            let (mut yes, mut maybe) = (ActionSet::new(), ActionSet::new());
            if crowded {
                return (yes, ActionSet::all());
            }
            let start = pattern.prefix().to_ascii_lowercase();
            let mut name = String::new();
            for service in catalogue().services().iter().filter(|it| it.prefix.starts_with(&start)) {
                for (id, action) in service.ids().zip(service.actions()) {
                    name.clear();
                    name.extend([service.prefix, ":", action.name]);
                    note(pattern.matches_ignore_case(&name), id, &mut yes, &mut maybe);
                }
            }
            (yes, maybe)
        })
    }
}

/// Adds the actions of one service that match, where the pattern begins with the service and `start`.
fn add_of_service(service: &Service, start: &str, pattern: &Pattern, into: &mut Expansion) {
    let range = service.starting_with(start);
    match &pattern.pieces()[1..] {
        [Piece::Star] => into.yes.insert_range(range),
        [Piece::Hole] => into.maybe.insert_range(range),
        _ => {
            // The part that all names in the range have in common need not be compared again.
            let rest = pattern.without_prefix();
            for id in range.map(ActionId) {
                let name = &catalogue().action(id).name[start.len()..];
                note(rest.matches_ignore_case(name), id, &mut into.yes, &mut into.maybe);
            }
        }
    }
}

fn note(answer: Tri, id: ActionId, yes: &mut ActionSet, maybe: &mut ActionSet) {
    match answer {
        Tri::Yes => yes.insert(id),
        Tri::Maybe => maybe.insert(id),
        Tri::No => {}
    }
}
