//! AWS: policy documents, what their wildcards stand for, and what a set of documents allows together.
//!
//! Sets of actions are exact over the catalogue. Resources are judged by breadth only (everything, a whole
//! service, one kind of resource, less): which resource an ARN names is for the graph to decide.

mod action_set;
mod audience;
#[cfg(test)]
mod audience_tests;
mod breadth;
mod caller;
mod catalogue;
mod caveat;
mod compare;
mod condition;
mod decide;
mod document;
mod effective;
mod evaluate;
mod expand;
mod json;
mod judge;
mod limit;
mod managed;
#[cfg(test)]
mod managed_tests;
mod operator;
mod principal;
#[cfg(test)]
mod tests;
mod unscoped;
mod wildcard;

pub use action_set::ActionSet;
pub use audience::{Audience, Entry, Who, audience};
pub use breadth::{Breadth, Reach};
pub use caller::{Caller, Named};
pub use catalogue::{Action, ActionId, Catalogue, Flags, Level, ResourceType, Service, catalogue};
pub use caveat::{Caveat, Strength, Topic};
pub use condition::Condition;
pub use decide::{Decision, Key, Request, decide, names_resource};
pub use document::{Actions, Document, Effect, Resources, Statement};
pub use effective::{Effective, effective};
pub use evaluate::{Outcome, Policies, Trusting, evaluate};
pub use expand::{Expander, Expansion, expand};
pub use json::{Problem, Read};
pub use judge::{Judgement, Responsible, SELF_GRANTS, judge, judge_within};
pub use limit::Limit;
pub use managed::{
    ManagedSummary, ManagedVerdict, managed, managed_document, managed_name, managed_policies,
};
pub use operator::{Operator, Order, Quantifier, Test};
pub use principal::{Principal, PrincipalKind, Principals};
pub use unscoped::{Unscoped, unscoped};
pub use wildcard::{Gives, WildcardKind, WildcardReport, wildcards};
