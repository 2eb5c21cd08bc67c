//! Google Cloud over its REST APIs, as far as a rotation needs it.

mod check;
mod client;
mod keyfile;
mod keys;
mod login;
mod reader;
mod secret;

pub use check::KeyCheck;
pub use keyfile::KeyFile;
pub use keys::AccountKeys;
pub use login::{Actor, Login, TokenEndpoint};
pub use reader::ProjectReader;
pub use secret::{ManagedSecret, usual_endpoint};
