//! Questions about who may do what and who may become whom, answered from the model: `keyward query`, invariants
//! and identity cards ask them.

mod ask;
mod clouds;
mod guards;
mod own;
mod parse;
mod permission;
mod powers;
mod reach;
mod render;
mod rights;
mod target;
pub mod trusted;

pub use ask::{Ways, ask, becomes, is_identity, is_resource, who_becomes, who_can};
pub use own::{Asker, Own};
pub use parse::{Destination, GRAMMAR, ParseError, Question, parse};
pub use permission::Permission;
pub use powers::{Group, Powers, Service, WORST_FIRST, roles, weight};
pub use reach::{Reach, name_of, node_of};
pub use render::{human, json, one, place, value};
pub use rights::Rights;
pub use target::Target;

use crate::iam::Tri;
use crate::source::Span;

/// Characters that an answer rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    pub text: String,
    pub span: Span,
}

/// One step of the way from somebody to somebody else.
#[derive(Clone, Debug)]
pub struct Hop {
    /// What one does: "assumes `aws_iam_role.admin`, which trusts it".
    pub text: String,
    pub grounds: Vec<Ground>,
    pub certain: bool,
    pub caveats: Vec<String>,
}

/// Somebody of whom the answer is yes or perhaps; no only where it was asked about them.
#[derive(Clone, Debug)]
pub struct Match {
    /// Directory of the root module, `.` for the scanned directory.
    pub root: String,
    /// An address, or what is known of a name.
    pub who: String,
    /// On what, or whom they become.
    pub target: Option<String>,
    pub answer: Tri,
    /// Steps that come first, if they have to become somebody else.
    pub path: Vec<Hop>,
    /// Statements that allow it in the end; for no, those that deny it.
    pub grounds: Vec<Ground>,
    pub caveats: Vec<String>,
}

/// The answer to a question.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    pub matches: Vec<Match>,
    /// For questions that are answered with yes or no.
    pub verdict: Option<Tri>,
}
