use super::{ActionSet, Document, Effect, Expander, Reach, Statement, Strength};

/// What a set of documents allows together. The first three sets have no action in common.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effective {
    /// Allowed on every resource without a condition that would narrow it, and not denied everywhere.
    pub on_all: ActionSet,
    /// Allowed on some resources.
    pub scoped: ActionSet,
    /// Allowed only under conditions.
    pub conditional: ActionSet,
    /// Allowed or not (or more widely than above), depending on parts that are not known.
    pub maybe: ActionSet,
    /// Allowed actions that are denied on some resources or under some conditions.
    pub partly_denied: ActionSet,
    /// Allowed actions that are denied or not, depending on parts that are not known.
    pub maybe_denied: ActionSet,
    /// The part of `on_all` plus `conditional` that is allowed on every resource if every condition holds.
    pub on_all_if: ActionSet,
    /// Names of allowed actions that the catalogue does not have.
    pub unknown_names: Vec<String>,
}

/// The permissions that documents give together. An explicit Deny in one goes before an Allow in another.
/// Principals are not looked at: the documents are those of one identity.
pub fn effective<'a, T: 'a>(documents: impl IntoIterator<Item = &'a Document<T>>) -> Effective {
    let mut tally = Tally::default();
    let mut expander = Expander::default();
    for statement in documents.into_iter().flat_map(|document| &document.statements) {
        tally.add(statement, &mut expander);
    }
    tally.settle()
}

/// The actions that a document denies on every resource, whatever it or another allows.
pub(super) fn denied<T>(document: &Document<T>) -> ActionSet {
    let mut tally = Tally::default();
    let mut expander = Expander::default();
    let denies = document.statements.iter().filter(|statement| statement.effect == Effect::Deny);
    denies.for_each(|statement| tally.add(statement, &mut expander));
    tally.denied
}

#[derive(Default)]
struct Tally {
    allowed: Effective,
    denied: ActionSet,
}

impl Tally {
    fn add<T>(&mut self, statement: &Statement<T>, expander: &mut Expander) {
        let expansion = expander.actions(&statement.actions);
        let strength = statement.strength();
        if statement.effect != Effect::Deny {
            let reach = statement.reach(false);
            let all = &mut self.allowed;
            if reach == Reach::Nothing {
                return;
            }
            if !statement.actions.is_negated() {
                all.unknown_names.extend(expansion.unknown_names);
            }
            all.maybe.add(&expansion.maybe);
            if statement.effect == Effect::Unknown {
                all.maybe.add(&expansion.yes);
            } else {
                let broad = reach.broad_part(&expansion.yes);
                all.on_all_if.add(&broad);
                if reach == Reach::Unknown || strength == Strength::Unknown {
                    all.maybe.add(&expansion.yes);
                }
                if strength <= Strength::Weak {
                    all.on_all.add(&broad);
                    all.scoped.add(&expansion.yes);
                } else {
                    all.conditional.add(&expansion.yes);
                }
            }
        }
        if statement.effect != Effect::Allow {
            let reach = statement.reach(true);
            if reach == Reach::Nothing {
                return;
            }
            self.allowed.maybe_denied.add(&expansion.maybe);
            let certain = statement.effect == Effect::Deny;
            if !certain || reach == Reach::Unknown || strength == Strength::Unknown {
                self.allowed.maybe_denied.add(&expansion.yes);
            } else if strength == Strength::None && reach != Reach::AllBut {
                let broad = reach.broad_part(&expansion.yes);
                self.allowed.partly_denied.add(&expansion.yes.difference(&broad));
                self.denied.add(&broad);
            } else {
                self.allowed.partly_denied.add(&expansion.yes);
            }
        }
    }

    fn settle(self) -> Effective {
        let Tally { mut allowed, denied } = self;
        let sets = [
            &mut allowed.on_all,
            &mut allowed.scoped,
            &mut allowed.conditional,
            &mut allowed.maybe,
            &mut allowed.on_all_if,
        ];
        sets.into_iter().for_each(|set| set.remove(&denied));
        allowed.partition();
        allowed
    }
}

impl Effective {
    /// What is left of it within a permissions boundary, a session policy or a service control policy.
    #[must_use]
    pub fn within(&self, boundary: &Effective) -> Effective {
        let bound = boundary.on_all.union(&boundary.scoped);
        let mut inner = Effective {
            on_all: self.on_all.intersection(&boundary.on_all),
            scoped: self.unconditional().intersection(&bound),
            conditional: self.certain().intersection(&boundary.certain()),
            maybe: self.possible().intersection(&boundary.possible()),
            partly_denied: self.partly_denied.union(&boundary.partly_denied),
            maybe_denied: self.maybe_denied.union(&boundary.maybe_denied),
            on_all_if: self.on_all_if.intersection(&boundary.on_all_if),
            unknown_names: self.unknown_names.clone(),
        };
        inner.partition();
        inner
    }

    /// Allowed without a condition, on some resource at least.
    pub fn unconditional(&self) -> ActionSet {
        self.on_all.union(&self.scoped)
    }

    /// Allowed in some way, for certain.
    pub fn certain(&self) -> ActionSet {
        self.unconditional().union(&self.conditional)
    }

    /// Allowed in some way, perhaps.
    pub fn possible(&self) -> ActionSet {
        self.certain().union(&self.maybe)
    }

    /// Puts every action into the widest of the sets it is in.
    fn partition(&mut self) {
        self.scoped.remove(&self.on_all);
        self.conditional.remove(&self.on_all);
        self.conditional.remove(&self.scoped);
        self.maybe.remove(&self.on_all);
        let certain = self.certain();
        let possible = self.possible();
        self.partly_denied.keep(&certain);
        self.maybe_denied.keep(&possible);
        self.unknown_names.sort();
        self.unknown_names.dedup();
    }
}
