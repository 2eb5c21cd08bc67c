//! Rules: what is wrong with an identity, and what would be right. A rule is one file here, one line in the
//! registry and one folder of fixtures; see `docs/adding-a-rule.md`.

#[macro_use]
mod declare;
pub mod checks;
mod ci_secrets;
mod context;
mod crossing;
mod documents;
mod draft;
mod edits;
mod engine;
mod env_refs;
mod escalation;
mod exposed;
mod federation;
mod generations;
mod info;
use crate::identity::keyless;
mod lifetime;
mod mentions;
mod merge;
mod naming_owner;
mod ownerless;
mod parties;
mod pieces;
mod policy_edits;
mod privileged;
mod reach;
mod removal;
mod renewal;
mod scaffold;
mod secret_refs;
mod secret_stores;
mod secret_variable;
mod secrets;
mod sharing;
mod state;
mod succession;
mod surroundings;
mod usage;

pub use checks::all;
pub use context::{Context, Shared};
pub use draft::Draft;
pub use edits::add_argument;
pub use engine::{Outcome, Said, finish, further, local, over_estate};
pub use info::{FixKind, RuleInfo, example_files, examples};
pub use mentions::Mentions;
pub use pieces::{Part, Piece, Pieces, by_file};
pub use removal::{deletions, whole_lines};

use crate::eval::Resource;
use crate::identity::{Credential, Grant, Identity, Workload};

/// A check. Each method is called for every thing of its kind; a rule implements those it needs.
pub trait Rule: Sync {
    fn info(&self) -> &'static RuleInfo;

    fn identity(&self, _identity: &Identity, _cx: &mut Context<'_>) {}

    fn credential(&self, _credential: &Credential, _cx: &mut Context<'_>) {}

    fn grant(&self, _grant: &Grant, _cx: &mut Context<'_>) {}

    fn workload(&self, _workload: &Workload, _cx: &mut Context<'_>) {}

    /// Every resource, data source and ephemeral resource.
    fn resource(&self, _resource: &Resource, _cx: &mut Context<'_>) {}

    /// Whether what it says of a root module depends on files that the root module does not use.
    fn reads_other_modules(&self) -> bool {
        false
    }

    /// Once for each root module.
    fn model(&self, _cx: &mut Context<'_>) {}

    /// Once for the whole scan, with the context of no particular root module.
    fn estate(&self, _cx: &mut Context<'_>) {}
}

/// Looks a rule up by name or code.
pub fn find(name: &str) -> Option<&'static dyn Rule> {
    all().iter().copied().find(|rule| {
        let info = rule.info();
        info.name == name || info.code.eq_ignore_ascii_case(name)
    })
}
