//! Kubernetes over its HTTP API.

mod client;
mod restart;
mod secret;

pub use client::Cluster;
pub use restart::{Restart, Workload};
pub use secret::ClusterSecret;
