//! Certificates with their private keys: how they are kept, what is written in them, and how one is asked for.

mod bundle;
mod der;
mod facts;
mod request;
mod served;
mod verify;

pub(super) use bundle::Bundle;
pub(super) use facts::{Facts, serial};
pub(super) use request::{Curve, Names, Prepared};
pub use served::ServedProbe;
pub(super) use verify::{Authority, Verdict, fits, verify};
