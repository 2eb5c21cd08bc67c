//! A whole request: who asks for what, and what every policy that has a say in it says.
//! Source: AWS IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic".

use super::decide::matches;
use super::{Caller, Decision, Document, Effect, Named, Principals, Request, decide};
use crate::iam::Tri;

/// The policies that have a say in a request.
#[derive(Clone, Debug)]
pub struct Policies<'a, T = ()> {
    /// Those of the caller, with those of groups.
    pub identity: Vec<&'a Document<T>>,
    /// That of the resource: a bucket policy, a key policy, the trust policy of a role.
    pub resource: Option<&'a Document<T>>,
    pub boundary: Option<&'a Document<T>>,
    pub session: Option<&'a Document<T>>,
    /// Service control policies, one list for each level of the organisation. Each level has to allow.
    pub service_control: Vec<Vec<&'a Document<T>>>,
    /// Resource control policies. AWS attaches one that allows everything, so that only Denies count.
    pub resource_control: Vec<&'a Document<T>>,
}

impl<T> Default for Policies<'_, T> {
    fn default() -> Self {
        Policies {
            identity: Vec::new(),
            resource: None,
            boundary: None,
            session: None,
            service_control: Vec::new(),
            resource_control: Vec::new(),
        }
    }
}

/// Whether a resource takes the word of its account's identity policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trusting {
    /// As nearly all do.
    Always,
    /// Only if its own policy names the account: keys of KMS, and roles that are to be assumed.
    WhenNamed,
}

/// The answer to a whole request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub answer: Tri,
    /// Whether a policy denies it in so many words, rather than none allowing it.
    pub denied: Tri,
}

/// What a resource policy says to a caller, by how it names them.
struct OfResource {
    directly: Tri,
    base: Tri,
    account: Tri,
    denied: Tri,
}

/// Evaluates a request to a resource of an account.
pub fn evaluate<T>(
    policies: &Policies<'_, T>,
    caller: &Caller,
    account: Option<&str>,
    trusting: Trusting,
    request: &Request<'_, T>,
) -> Outcome {
    let one = |document: Option<&Document<T>>| document.map(|document| decide(&[document], request));
    let is_service = matches!(caller, Caller::Service(_));
    let identity = decide(&policies.identity, request);
    let (boundary, session) = (one(policies.boundary), one(policies.session));
    let resource = of_resource(policies, caller, request);
    // Service control policies bind the principals of accounts, and AWS's own services are none.
    let control: Vec<Decision> = match is_service || *caller == Caller::Anonymous {
        true => Vec::new(),
        false => policies.service_control.iter().map(|level| decide(level, request)).collect(),
    };
    let ceilings = [&boundary, &session].into_iter().flatten().chain(&control);
    let denied = Tri::any(ceilings.chain([&identity]).map(|decision| decision.denied))
        .or(resource.denied)
        .or(decide(&policies.resource_control, request).denied);

    let within = |limit: &Option<Decision>| limit.as_ref().map_or(Tri::Yes, |limit| limit.allowed);
    let limits = within(&boundary).and(within(&session));
    let same_account = caller.account().is_some() && caller.account() == account;
    let granted = match caller {
        Caller::Arn(_) if same_account => {
            let trusted = match (trusting, policies.resource) {
                (Trusting::WhenNamed, Some(_)) => resource.account,
                _ => Tri::Yes,
            };
            let by_itself = identity.allowed.and(limits).and(trusted);
            // What is given to the session or the user themselves is not limited; what is given to their role is.
            by_itself.or(resource.base.and(limits)).or(resource.directly)
        }
        Caller::Arn(_) => {
            let let_in = resource.directly.or(resource.base).or(resource.account);
            let_in.and(identity.allowed).and(limits)
        }
        Caller::Service(_) | Caller::Federated(_) | Caller::Anonymous => resource.directly,
    };
    let controlled = Tri::all(control.iter().map(|level| level.allowed));
    Outcome { answer: granted.and(controlled).and(!denied), denied }
}

fn of_resource<T>(policies: &Policies<'_, T>, caller: &Caller, request: &Request<'_, T>) -> OfResource {
    let mut found = OfResource { directly: Tri::No, base: Tri::No, account: Tri::No, denied: Tri::No };
    for statement in policies.resource.iter().flat_map(|document| &document.statements) {
        let about = matches(statement, request);
        if about.is_no() {
            continue;
        }
        let possible = if statement.effect == Effect::Unknown { Tri::Maybe } else { Tri::Yes };
        if statement.effect != Effect::Allow {
            let spares = matches!(statement.principals, Principals::Not(_)) && policies.boundary.is_none();
            let (named, sure) = match (&statement.principals, spares) {
                // Whoever has a boundary is denied, whoever is listed.
                (Principals::Not(_), false) => (Named::Directly, Tri::Yes),
                (principals, _) => caller.concerns(principals, true),
            };
            if named != Named::No {
                found.denied = found.denied.or(about.and(sure).and(possible));
            }
        }
        if statement.effect != Effect::Deny {
            let (named, sure) = caller.concerns(&statement.principals, false);
            let given = about.and(sure).and(possible);
            let slot = match named {
                Named::No => continue,
                Named::Account => &mut found.account,
                Named::Base => &mut found.base,
                Named::Directly => &mut found.directly,
            };
            *slot = slot.or(given);
        }
    }
    found
}
