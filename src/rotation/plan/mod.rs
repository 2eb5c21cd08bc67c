//! What is due, why, and how it will be done: from the model of the code and the policy in `keyward.toml`.
//!
//! The code seldom tells how old a credential is. Where it does not, the plan says so instead of guessing.

mod age;
mod format;
mod halves;
mod human;
mod item;
mod kinds;
mod leaked;
mod markdown;
mod observed;
mod owners;
mod sinks;
mod steps;
pub(super) mod terms;
mod way;

pub use format::PlanFormat;
pub use item::{Age, Elimination, Item, Plan, Sink, Step, Through, Urgency, limit, periods};
pub use leaked::RULES as LEAK_RULES;
pub use observed::{Observed, Recorded, Sightings, Used};
pub use owners::owner_gone;
pub use way::room;

use crate::config::Config;
use crate::diagnostic::Finding;
use crate::identity::{Credential, CredentialId, Estate, Model, Place, PlaceKind, State, keyless};
use crate::owners::Roster;
use crate::source::SourceMap;
use jiff::civil::Date;
use std::collections::HashMap;

/// What a plan is made from.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    pub estate: &'a Estate,
    pub sources: &'a SourceMap,
    /// Those of the rules in [`LEAK_RULES`]; others are passed over.
    pub findings: &'a [Finding],
    pub roster: Option<&'a Roster>,
    pub config: &'a Config,
    pub today: Date,
    /// What clouds say, where they were asked.
    pub sightings: Option<&'a Sightings>,
}

/// Everything that is to be exchanged, most urgent first.
pub fn plan(input: &Input<'_>) -> Plan {
    let mut items = leaked::items(input);
    let mut disabled = 0;
    for (at, model) in input.estate.models.iter().enumerate() {
        let places = by_credential(model);
        let peers = kinds::peers(model);
        let halves = halves::Halves::of(model);
        for credential in &model.credentials {
            let places = places.get(&credential.id).map_or(&[][..], Vec::as_slice);
            if !is_planned(model, credential, places) || halves.is_followed(credential) {
                continue;
            }
            let observed = input.sightings.and_then(|sightings| sightings.get(&(at, credential.id)));
            let ended = observed.is_some_and(|observed| !observed.active);
            if credential.state == State::Disabled || ended {
                disabled += 1;
                continue;
            }
            items.push(item::of(input, model, credential, places, &peers, &halves, observed));
        }
    }
    let order = |item: &Item| (item.urgency, item.root.clone(), item.credential.clone());
    items.sort_by(|left, right| {
        let weight = right.weight.cmp(&left.weight);
        left.urgency.cmp(&right.urgency).then(weight).then_with(|| order(left).cmp(&order(right)))
    });
    Plan { today: input.today, items, disabled, asked: input.sightings.is_some() }
}

/// Places by what they hold, so that the list is walked once.
fn by_credential(model: &Model) -> HashMap<CredentialId, Vec<&Place>> {
    let mut found: HashMap<_, Vec<&Place>> = HashMap::new();
    for place in &model.places {
        found.entry(place.credential).or_default().push(place);
    }
    found
}

/// Standing credentials of software, and generated values that something logs in with. What is an identity
/// itself (a storage account with keys) has no key of its own to exchange here unless it goes somewhere.
fn is_planned(model: &Model, credential: &Credential, places: &[&Place]) -> bool {
    if credential.human || keyless::only_routes(&credential.kind) {
        return false;
    }
    if credential.generated {
        return places.iter().any(|place| place.kind == PlaceKind::Login);
    }
    credential.is_static && (model.identity_of(credential.resource).is_none() || !places.is_empty())
}
