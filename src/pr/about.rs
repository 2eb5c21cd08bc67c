//! What pull requests are about. How they are kept is the same for all.

use super::proposal::Workshop;
use super::run::Trouble;
use super::{Group, Options, Proposal, group};
use crate::forge::Client;

pub trait About {
    /// Over what the configuration says.
    fn adjust(&self, _options: &mut Options) {}
    /// What there should be pull requests for. One with nothing fixable keeps what is open, and opens nothing.
    fn groups(&self, shop: &Workshop<'_>, client: Option<&Client>) -> Result<Vec<Group>, Trouble>;
    /// The group as a pull request; `None` when it cannot be done in this run.
    fn propose(&self, shop: &Workshop<'_>, group: &Group) -> Option<Proposal>;
}

/// Findings that have a fix.
#[derive(Clone, Copy, Debug)]
pub struct Findings;

impl About for Findings {
    fn groups(&self, shop: &Workshop<'_>, _client: Option<&Client>) -> Result<Vec<Group>, Trouble> {
        Ok(group::groups(shop.analysis, shop.scrubber, shop.options))
    }

    fn propose(&self, shop: &Workshop<'_>, group: &Group) -> Option<Proposal> {
        shop.propose(group)
    }
}
