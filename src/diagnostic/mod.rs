//! What keyward says: findings, their places, fixes, and what could not be analysed.

mod finding;
mod fix;
mod gap;
mod layout;
mod level;
mod stats;

pub use finding::{Finding, Label, Site, Status, fingerprint};
pub use fix::{Applicability, Edit, Fix, Scaffold};
pub use gap::{Gap, GapKind};
pub use layout::{Layouts, place_for_argument};
pub use level::{Confidence, Persona, Severity};
pub use stats::{Hidden, Stats};
