//! Who answers for what: CODEOWNERS, rosters, and owners named in prose.

mod codeowners;
mod name;
mod person;
mod problem;
mod prose;
mod roster;

pub use codeowners::{CODEOWNERS_PLACES, CodeOwner, CodeOwners, Dialect};
pub use name::{is_placeholder, split_owners};
pub use person::looks_like_person;
pub use problem::Problem;
pub use prose::{extract_owner, extract_owner_with};
pub use roster::{Entry, EntryKind, Lookup, Roster, RosterKind};
