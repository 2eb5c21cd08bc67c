use super::effective::denied;
use super::{ActionId, ActionSet, Caveat, Document, Effect, Expander, Flags, Level, Reach, Statement};
use super::{Strength, catalogue};
use crate::iam::pattern::Element;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

/// An element that allows more actions than it names, on resources as wide.
#[derive(Clone, Debug)]
pub struct WildcardReport<T = ()> {
    pub kind: WildcardKind,
    /// The action; for `NotAction` and `NotResource` the statement.
    pub at: T,
    /// The index of the statement, and of the action in it.
    pub statement: usize,
    pub action: Option<usize>,
    /// As written; for `NotAction` and `NotResource` the list.
    pub pattern: String,
    pub reach: Reach,
    pub caveats: Vec<Caveat>,
    /// Shared between elements that allow the same.
    pub gives: Arc<Gives>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WildcardKind {
    Action,
    NotAction,
    NotResource,
}

/// What an element allows that its document does not deny.
#[derive(Clone, Debug)]
pub struct Gives {
    pub actions: ActionSet,
    /// How many, in the order of [`Level`].
    pub by_level: [usize; 5],
    /// Names of the actions that manage permissions.
    pub permission_management: Vec<String>,
    /// Names of some actions that write, the most noteworthy first.
    pub examples: Vec<String>,
    /// How many of those that write or manage permissions could be limited to resources.
    pub scopable: usize,
    /// The flags of all its actions together.
    pub flags: Flags,
}

const EXAMPLES: usize = 6;

/// Actions that the reference files under writing although their names say otherwise, such as
/// `iot:ListSubscriptions`. Nobody who writes `List*` means to allow a change.
static READS_BY_NAME: LazyLock<ActionSet> = LazyLock::new(|| {
    let verbs = ["BatchGet", "Describe", "Get", "List", "Search", "View"];
    let mut set = ActionSet::new();
    for id in catalogue().at_level(Level::Write).iter() {
        let name = catalogue().action(id).name;
        let rests = verbs.iter().filter_map(|verb| name.strip_prefix(verb));
        // `Getaway` would be something else.
        if rests.into_iter().any(|rest| !rest.starts_with(|char: char| char.is_ascii_lowercase())) {
            set.insert(id);
        }
    }
    set
});

/// See [`READS_BY_NAME`].
pub(super) fn reads_by_name() -> &'static ActionSet {
    &READS_BY_NAME
}

/// Wildcards that let an identity write or manage permissions on everything or on a whole service. What only
/// reads is not reported, nor what a narrowing condition or a narrow resource keeps small.
pub fn wildcards<T: Clone>(document: &Document<T>) -> Vec<WildcardReport<T>> {
    let denied = denied(document);
    let mut expander = Expander::default();
    let mut known: HashMap<ActionSet, Option<Arc<Gives>>> = HashMap::new();
    let mut reports = Vec::new();
    for (index, statement) in document.statements.iter().enumerate() {
        let reach = statement.reach(false);
        let narrowed = statement.strength() >= Strength::Unknown;
        if statement.effect != Effect::Allow || narrowed || reach == Reach::Nothing {
            continue;
        }
        for (kind, action, pattern) in candidates(statement, &reach) {
            let element = action.and_then(|at| statement.actions.elements().get(at));
            let expansion = match element {
                Some(element) => expander.pattern(&element.pattern),
                None => expander.actions(&statement.actions),
            };
            let mut actions = reach.broad_part(&expansion.yes);
            actions.remove(&denied);
            let gives =
                known.entry(actions).or_insert_with_key(|actions| Gives::of(actions.clone()).map(Arc::new));
            let Some(gives) = gives.clone() else { continue };
            reports.push(WildcardReport {
                kind,
                at: element.map_or(&statement.at, |element| &element.at).clone(),
                statement: index,
                action,
                pattern,
                reach: reach.clone(),
                caveats: statement.caveats(),
                gives,
            });
        }
    }
    reports
}

/// Actions that write, those first that are most telling as examples: dangerous ones, then those that make,
/// change or remove things.
static NOTEWORTHY: LazyLock<Vec<ActionId>> = LazyLock::new(|| {
    let verbs = ["Put", "Delete", "Create", "Update", "Modify", "Run", "Set"];
    let mut ids: Vec<ActionId> = catalogue().at_level(Level::Write).iter().collect();
    ids.sort_by_cached_key(|id| {
        let action = catalogue().action(*id);
        let verb = verbs.iter().position(|verb| action.name.starts_with(verb)).unwrap_or(verbs.len());
        (Reverse(action.flags.weight()), verb, *id)
    });
    ids
});

type Candidate = (WildcardKind, Option<usize>, String);

fn candidates<T>(statement: &Statement<T>, reach: &Reach) -> Vec<Candidate> {
    let elements = statement.actions.elements();
    if statement.actions.is_negated() {
        return vec![(WildcardKind::NotAction, None, listed(elements))];
    }
    if *reach == Reach::AllBut {
        return vec![(WildcardKind::NotResource, None, listed(statement.resources.elements()))];
    }
    let wild = elements.iter().enumerate().filter(|(_, element)| element.pattern.has_wildcard());
    wild.map(|(at, element)| (WildcardKind::Action, Some(at), element.pattern.to_string())).collect()
}

pub(super) fn listed<T>(elements: &[Element<T>]) -> String {
    elements.iter().map(|element| element.pattern.to_string()).collect::<Vec<_>>().join(", ")
}

impl Gives {
    /// Nothing when the actions only read, list or tag.
    fn of(actions: ActionSet) -> Option<Gives> {
        let catalogue = catalogue();
        let mut writes = actions.intersection(catalogue.at_level(Level::Write));
        writes.remove(&READS_BY_NAME);
        let permissions = actions.intersection(catalogue.at_level(Level::Permissions));
        let changing = writes.union(&permissions);
        if changing.is_empty() {
            return None;
        }
        let examples = NOTEWORTHY.iter().filter(|id| writes.contains(**id)).take(EXAMPLES);
        Some(Gives {
            by_level: actions.by_level(),
            permission_management: permissions.names().collect(),
            examples: examples.map(|id| catalogue.full_name(*id)).collect(),
            scopable: changing.intersection(catalogue.scopable()).len(),
            flags: catalogue.flags_of(&actions),
            actions,
        })
    }
}
