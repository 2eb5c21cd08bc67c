//! The exchange of credentials: what is due and how it is to be done ([`plan`]), and how it is done ([`engine`]) so
//! that it can be interrupted at any moment.

pub mod aws;
pub mod azure;
mod certificate;
mod command;
mod declared;
pub mod engine;
pub mod evidence;
mod fields;
pub mod gcp;
pub mod github;
mod http;
pub mod journal;
pub mod kubernetes;
mod mark;
pub mod notify;
pub mod operate;
mod pem;
pub mod plan;
pub mod postgres;
mod probe;
mod program;
mod reading;
mod roots;
pub mod ssh;
mod traits;
pub mod vault;

pub use self::certificate::ServedProbe;
pub use self::command::CommandSink;
pub use self::declared::{Declared, declared};
pub use self::fields::Fields;
pub use self::http::Http;
pub use self::probe::{CommandProbe, CommandReload, HttpProbe};
pub use self::reading::{Denial, several};
pub use traits::{
    Check, Clock, Doing, Failure, FailureKind, Held, Issuer, Key, KeyId, Listed, Moment, Probe, Reload, Sink,
};
