//! Microsoft Entra and Azure over their REST APIs, as far as a rotation needs them.

mod client;
mod login;

pub(crate) use client::{Api, failure, read};
pub use login::{Actor, Authority, Client, Login};
