//! Logins over SSH with the program of the user. Private keys stay in the memory of this process: the program asks an
//! agent in it, which holds that one key and does nothing but sign with it.

#![cfg_attr(not(unix), allow(dead_code, reason = "an agent needs sockets of Unix"))]

#[cfg(unix)]
mod agent;
mod key;
mod login;
mod rsa;
mod wire;

pub use key::{PrivateKey, fingerprint};
pub use login::{Door, Login, Outcome};
