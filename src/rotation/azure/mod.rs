//! Microsoft Entra and Azure over their REST APIs, as far as a rotation needs them.

mod check;
mod client;
mod login;
mod passwords;
mod reader;
mod secret;

pub use check::PasswordCheck;
pub use login::{Actor, Authority, Client, Login};
pub use passwords::{AppPasswords, Holder, graph_scope};
pub use reader::TenantReader;
pub use secret::{Kept, VaultSecret};
