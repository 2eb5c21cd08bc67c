use super::wildcard::listed;
use super::{ActionSet, Document, Effect, Effective, Expander, Statement, Strength, catalogue, effective};
use crate::iam::Verdict;

/// Actions with which an identity gives itself whatever it lacks, if it may use them on every resource.
pub const SELF_GRANTS: [&str; 9] = [
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreatePolicyVersion",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
];

/// What a set of documents amounts to, and which parts of them are to blame.
#[derive(Clone, Debug)]
pub struct Judgement<T = ()> {
    pub verdict: Verdict,
    /// Nothing that is unknown could make the verdict less.
    pub certain: bool,
    /// The verdict if unknown parts allow as much as they can. `Admin` for a document that is a single hole.
    pub possible: Verdict,
    /// The verdict if every condition holds. More than `verdict` for an administrator behind a condition.
    pub under_conditions: Verdict,
    /// The fewest elements found that bring the verdict about (that under conditions, where the other is
    /// `None`), widest first. Empty for `None`.
    pub responsible: Vec<Responsible<T>>,
    /// Those of [`SELF_GRANTS`] that are allowed on every resource.
    pub self_grants: Vec<&'static str>,
    pub effective: Effective,
}

/// An element of an Allow statement that carries a verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Responsible<T = ()> {
    /// The action, or for `NotAction` the statement.
    pub at: T,
    /// The indices of the document and of the statement in it.
    pub document: usize,
    pub statement: usize,
    /// The index of the action; none for `NotAction`.
    pub action: Option<usize>,
    /// The action pattern as written; for `NotAction` the list.
    pub text: String,
    /// How many actions it allows.
    pub actions: usize,
}

/// Judges what documents allow together.
pub fn judge<T: Clone>(documents: &[&Document<T>]) -> Judgement<T> {
    judge_within(documents, &[])
}

/// Judges what documents allow together within boundaries, each of which has to allow an action as well.
pub fn judge_within<T: Clone>(documents: &[&Document<T>], boundaries: &[&Effective]) -> Judgement<T> {
    let scale = Scale::new();
    let allowed = effective(documents.iter().copied());
    let effective = boundaries.iter().fold(allowed, |inner, boundary| inner.within(boundary));
    let verdict = scale.verdict(&effective.on_all);
    let under_conditions = scale.verdict(&effective.on_all_if);
    let worst_case = effective.on_all.difference(&effective.maybe_denied);
    let (target, whole, limit) = match verdict {
        Verdict::None => (under_conditions, &effective.on_all_if, Strength::Strong),
        verdict => (verdict, &effective.on_all, Strength::Weak),
    };
    Judgement {
        verdict,
        certain: scale.verdict(&worst_case) == verdict,
        possible: scale.verdict(&effective.on_all.union(&effective.maybe)),
        under_conditions,
        responsible: responsible(documents, &scale, target, whole, limit),
        self_grants: SELF_GRANTS.into_iter().filter(|name| effective.on_all.has(name)).collect(),
        effective,
    }
}

/// The measure of a verdict.
struct Scale {
    self_grants: ActionSet,
    all: usize,
}

impl Scale {
    fn new() -> Self {
        Scale { self_grants: ActionSet::of(SELF_GRANTS), all: catalogue().len() }
    }

    /// Seven tenths of all actions are more than any job needs: every managed policy below that is made for a
    /// purpose, and those above are made for whoever may do anything. With it, the right to give oneself the
    /// rest makes an administrator.
    fn verdict(&self, actions: &ActionSet) -> Verdict {
        if self.all == 0 || actions.len() * 10 < self.all * 7 {
            Verdict::None
        } else if actions.is_disjoint(&self.self_grants) {
            Verdict::Power
        } else {
            Verdict::Admin
        }
    }
}

/// Takes elements from the widest down until they give the verdict by themselves.
fn responsible<T: Clone>(
    documents: &[&Document<T>],
    scale: &Scale,
    target: Verdict,
    whole: &ActionSet,
    limit: Strength,
) -> Vec<Responsible<T>> {
    if target == Verdict::None {
        return Vec::new();
    }
    let mut expander = Expander::default();
    let mut candidates = Vec::new();
    for (document, contents) in documents.iter().enumerate() {
        for (index, statement) in contents.statements.iter().enumerate() {
            if statement.effect == Effect::Allow && statement.strength() <= limit {
                candidates.extend(elements(statement, &mut expander, (document, index)));
            }
        }
    }
    // Actions that only one element brings are few, so that the widest elements tend to be the fewest.
    candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.actions));
    let mut sum = ActionSet::new();
    let mut chosen = Vec::new();
    for candidate in candidates {
        if scale.verdict(&sum) >= target {
            break;
        }
        let statement = &documents[candidate.document].statements[candidate.statement];
        let mut added = expand_one(statement, candidate.action, &mut expander);
        added.keep(whole);
        let missing_grant = target == Verdict::Admin && sum.is_disjoint(&scale.self_grants);
        let enough_mass = scale.verdict(&sum) >= Verdict::Power;
        let grants = !added.is_disjoint(&scale.self_grants);
        // Once the mass is there, only what gives the right to grant is still to blame.
        let counts = if enough_mass { missing_grant && grants } else { !added.is_subset(&sum) };
        if counts {
            sum.add(&added);
            chosen.push(candidate);
        }
    }
    chosen
}

fn elements<T: Clone>(
    statement: &Statement<T>,
    expander: &mut Expander,
    (document, index): (usize, usize),
) -> Vec<Responsible<T>> {
    let mut found = Vec::new();
    let mut note = |at: &T, action, text: String, expander: &mut Expander| {
        let actions = expand_one(statement, action, expander).len();
        if actions > 0 {
            found.push(Responsible { at: at.clone(), document, statement: index, action, text, actions });
        }
    };
    let elements = statement.actions.elements();
    if statement.actions.is_negated() {
        note(&statement.at, None, listed(elements), expander);
    } else {
        for (action, element) in elements.iter().enumerate() {
            note(&element.at, Some(action), element.pattern.to_string(), expander);
        }
    }
    found
}

/// What one action element (or a whole `NotAction` list) allows on every resource.
fn expand_one<T>(statement: &Statement<T>, action: Option<usize>, expander: &mut Expander) -> ActionSet {
    let element = action.and_then(|at| statement.actions.elements().get(at));
    let expansion = match element {
        Some(element) => expander.pattern(&element.pattern),
        None => expander.actions(&statement.actions),
    };
    statement.reach(false).broad_part(&expansion.yes)
}
