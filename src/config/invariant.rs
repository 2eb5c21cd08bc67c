use super::AddressGlob;
use super::table::Table;
use crate::diagnostic::Severity;
use std::ops::Range;
use toml::Spanned;

/// An `[[invariant]]`: something that must never become true of the graph.
#[derive(Clone, Debug)]
pub struct Invariant {
    pub name: Spanned<String>,
    /// Identities it speaks about.
    pub from: Vec<Spanned<AddressGlob>>,
    /// Actions that none of them may be able to perform, by any path.
    pub cannot: Vec<Spanned<String>>,
    /// Identities that none of them may be able to become.
    pub cannot_become: Vec<Spanned<AddressGlob>>,
    /// Resources that `cannot` is limited to; empty for all.
    pub on: Vec<Spanned<AddressGlob>>,
    /// Identities that `from` covers but the invariant does not.
    pub except: Vec<Spanned<AddressGlob>>,
    pub severity: Severity,
    pub reason: Option<Spanned<String>>,
    /// The whole entry.
    pub span: Range<usize>,
}

impl Invariant {
    pub(super) fn read(mut table: Table<'_>) -> Option<Self> {
        let name = table.required("name", "findings are known by it: `name = \"ci-stays-out-of-prod\"`");
        let from = table.required_list("from", "say whom it is about: `from = [\"aws_iam_role.ci\"]`");
        let cannot = table.strings("cannot").unwrap_or_default();
        let cannot_become = table.strings("cannot-become").unwrap_or_default();
        let on = table.strings("on").unwrap_or_default();
        let except = table.strings("except").unwrap_or_default();
        let severity = table.choice("severity", &Severity::ALL, Severity::name).unwrap_or(Severity::High);
        let reason = table.string("reason");
        if cannot.is_empty()
            && cannot_become.is_empty()
            && !table.has("cannot")
            && !table.has("cannot-become")
        {
            table.missing("cannot", "list actions in `cannot` or identities in `cannot-become`");
        }
        let span = table.span.clone();
        table.finish();
        Some(Invariant {
            name: name?,
            from: addresses(from),
            cannot,
            cannot_become: addresses(cannot_become),
            on: addresses(on),
            except: addresses(except),
            severity,
            reason,
            span,
        })
    }
}

fn addresses(texts: Vec<Spanned<String>>) -> Vec<Spanned<AddressGlob>> {
    texts.into_iter().map(|text| Spanned::new(text.span(), AddressGlob::new(text.into_inner()))).collect()
}
