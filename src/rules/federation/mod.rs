//! What the rules about federated trust share: the documents that let tokens in, how wide they are open, and how
//! that is said.

mod aws;
mod mend;
mod pool_mend;
mod pools;
mod say;

pub(super) use aws::{Case, cases, documents};
pub(super) use mend::{narrowed, signed_in, with_audience};
pub(super) use pools::pools;
pub(super) use say::{about, aws as report_aws, named, plain_operator, reach};

use crate::diagnostic::{Persona, Severity};
use crate::identity::trust::Width;
use crate::rules::Context;
use crate::rules::surroundings::is_sample;
use crate::source::Span;

/// How bad a finding is, and whom it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rank {
    pub severity: Severity,
    pub persona: Persona,
}

impl Rank {
    pub(super) fn regular(severity: Severity) -> Rank {
        Rank { severity, persona: Persona::Regular }
    }

    pub(super) fn strict(severity: Severity) -> Rank {
        Rank { severity, persona: Persona::Strict }
    }

    /// Sample code runs nowhere for long, so that only what is open to everybody matters in it.
    pub(super) fn in_place(self, cx: &Context<'_>, at: Span) -> Rank {
        match self.severity < Severity::Critical && is_sample(cx, cx.model, at) {
            true => Rank { persona: self.persona.max(Persona::Strict), ..self },
            false => self,
        }
    }
}

/// What most rules say of a width: others than the own organization at once, and what its own people may widen
/// to strict readers.
pub(super) fn rank(width: Width, widest: Severity, organization: Rank) -> Option<Rank> {
    Some(match width {
        Width::Anyone => Rank::regular(widest),
        Width::Prefix => Rank::regular(widest.min(Severity::High)),
        Width::Organization => organization,
        Width::Family | Width::Whole => Rank::strict(Severity::Medium),
        Width::Nobody => Rank::strict(Severity::Low),
        Width::One => return None,
    })
}
