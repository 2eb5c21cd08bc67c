//! What an identity can become. Each plane adds steps to one network: "may pass the role to Lambda", "may assume
//! it", "may read its key". Paths through it are searched once, from what is worth having backwards, so that the
//! cost grows with the network and not with its square.

pub mod aws;
pub mod azure;
pub mod entra;
mod google;
pub mod kubernetes;
mod network;
pub mod planes;
mod strong;
mod vault;

pub use aws::action_names;
pub use network::{Evidence, Goal, Network, Node, NodeId, Path, Plain, Power, Step, StepKind};

use super::model::Model;

/// The network of a root module. Computed once.
pub fn network(model: &Model) -> &Network {
    model.network.get_or_init(|| {
        let mut network = Network::default();
        aws::produce(model, &mut network);
        strong::steps(model, &mut network);
        google::steps(model, &mut network);
        azure::steps(model, &mut network);
        entra::steps(model, &mut network);
        kubernetes::steps(model, &mut network);
        vault::steps(model, &mut network);
        planes::steps(model, &mut network);
        network.settle();
        network
    })
}
