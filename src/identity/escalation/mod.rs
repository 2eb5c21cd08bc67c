//! What an identity can become. Each plane adds steps to one network: "may pass the role to Lambda", "may assume
//! it", "may read its key". Paths through it are searched once, from what is worth having backwards, so that the
//! cost grows with the network and not with its square.

mod network;

pub use network::{Evidence, Goal, Network, Node, NodeId, Path, Power, Step, StepKind};

use super::model::Model;

/// The network of a root module. Computed once.
pub fn network(model: &Model) -> &Network {
    model.network.get_or_init(|| {
        let mut network = Network::default();
        network.settle();
        network
    })
}
