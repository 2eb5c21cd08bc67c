//! GitHub over its API: a client with exactly the calls that are needed. It knows nothing of findings; who decides
//! what to ask for is `pr`.
//!
//! Every request goes through one place, [`transport`], which does authentication, limits, waiting, repeating and
//! errors. The calls around it say what they are doing in words, so that a failure can.

mod auth;
mod branches;
mod comments;
mod error;
mod git;
mod issues;
mod judge;
mod keys;
mod pulls;
mod signed;
mod transport;
mod types;

pub use auth::{App, Auth};
pub use branches::Created;
pub use error::{Error, Kind};
pub use git::TreeChange;
pub use keys::{DeployKey, Installation, StoredSecret};
pub use pulls::{NewPull, PullEdit, Refused};
pub use transport::{Client, Limits, Settings};
pub use types::{Branch, Comment, Commit, Entry, Issue, Pull, Repository, Slug, Tree};

/// Where GitHub itself answers.
pub const PUBLIC_API: &str = "https://api.github.com";

/// What a call comes to.
pub type Result<T> = std::result::Result<T, Error>;

/// One segment or several of a path, with everything but letters, digits and `-._~/` percent-encoded.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(byte as char)
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The same for the value of a query, where a slash means something else.
fn query(text: &str) -> String {
    encoded(text).replace('/', "%2F")
}
