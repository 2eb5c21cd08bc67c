//! Secret literals in text: which characters are a credential, of which kind, and how sure that is.
//!
//! The module knows nothing of Terraform. A caller hands over one string (a literal, a heredoc, a whole
//! document) with what it knows about its place, and gets byte ranges back. Nothing here prints or keeps a
//! secret: what leaves is [`redact`]ed or a [`fingerprint`].
//!
//! One pass of an Aho-Corasick automaton over all keywords decides which formats are tried at all, and a
//! format's expression is compiled when it is first tried. Text without any keyword costs that one pass.

mod assign;
mod blob;
mod checksum;
mod format;
mod jwt;
mod literal;
mod mask;
mod name;
mod near;
mod pem;
mod placeholder;
mod prefilter;
mod scan;
mod sift;
mod types;
mod url;
mod weak;

#[cfg(test)]
mod tests;

pub use format::{Format, Kind, formats};
pub use mask::{Secret, fingerprint, redact};
pub use name::{is_secret_name, words};
pub use near::assigned_name;
pub use placeholder::is_placeholder;
pub use scan::scan;
pub use types::{Checksum, Context, Level, Match};
pub use weak::scan_login;
