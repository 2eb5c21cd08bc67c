//! Where an identity or a credential is on both sides of the fence around production.

mod ci;
mod roots;
mod shared;
mod trust;
mod variable_sets;

pub(super) use ci::ci_secrets;
pub(super) use roots::{across_roots, is_on_both_sides, literals};
pub(super) use shared::{credentials, maps, workloads};
pub(super) use trust::trusts;
pub(super) use variable_sets::variable_sets;

use crate::config::Environment;
use crate::eval::value::Value;
use crate::source::Span;

/// One identity or credential that is on both sides.
#[derive(Clone)]
pub(super) struct Crossing {
    pub message: String,
    pub identity: String,
    pub sites: Vec<Place>,
    pub related: Vec<(Span, String)>,
    pub notes: Vec<String>,
    pub help: &'static str,
    pub remedy: String,
    /// The value at the first site, for its route.
    pub value: Option<Value>,
    /// Characters that no output may show.
    pub secrets: Vec<Span>,
    /// The rule that would say the same.
    pub merged: Option<&'static str>,
    pub strict: bool,
    pub sure: bool,
}

#[derive(Clone)]
pub(super) struct Place {
    pub address: String,
    pub attribute: String,
    pub span: Span,
    pub label: String,
    /// Directory of the root module, `None` for the one at hand.
    pub root: Option<String>,
}

impl Crossing {
    fn new(message: String, identity: String, sites: Vec<Place>) -> Self {
        Crossing {
            message,
            identity,
            sites,
            related: Vec::new(),
            notes: Vec::new(),
            help: "make one for each environment, so that each can be replaced and revoked for itself",
            remedy: "Split it by environment".to_string(),
            value: None,
            secrets: Vec::new(),
            merged: None,
            strict: false,
            sure: false,
        }
    }
}

fn is_production(environment: &Environment) -> bool {
    *environment == Environment::Production
}

/// How an environment is called in messages.
fn called(environment: &Environment) -> &str {
    match environment {
        Environment::Production => "production",
        Environment::NonProduction(name) => name,
    }
}

/// Things of production, and those of other environments with their name.
type Sides<T> = (Vec<T>, Vec<(Environment, T)>);

/// One of each side, production first; `None` when all are on one side.
fn both_sides<T>(items: Vec<(Environment, T)>) -> Option<Sides<T>> {
    let (production, other): (Vec<_>, Vec<_>) =
        items.into_iter().partition(|(environment, _)| is_production(environment));
    let crosses = !production.is_empty() && !other.is_empty();
    crosses.then(|| (production.into_iter().map(|(_, item)| item).collect(), other))
}
