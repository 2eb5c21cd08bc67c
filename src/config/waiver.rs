use super::table::Table;
use super::{AddressGlob, selector};
use jiff::civil::Date;
use std::ops::Range;
use toml::Spanned;

/// A `[[waiver]]`: findings that someone accepts until a date. What a finding's severity makes mandatory is
/// checked where the findings are; here only rules and resource are.
#[derive(Clone, Debug)]
pub struct Waiver {
    pub rules: Vec<Spanned<String>>,
    pub resource: Spanned<AddressGlob>,
    pub reason: Option<Spanned<String>>,
    pub owner: Option<Spanned<String>>,
    pub until: Option<Spanned<Date>>,
    pub ticket: Option<Spanned<String>>,
    /// The compensating control: what makes the risk bearable meanwhile.
    pub control: Option<Spanned<String>>,
    /// The whole entry.
    pub span: Range<usize>,
}

impl Waiver {
    pub(super) fn read(mut table: Table<'_>, known: &[&str]) -> Option<Self> {
        let rules = table.required_list("rules", "name what it accepts: `rules = [\"missing-expiry\"]`");
        let resource =
            table.required("resource", "name what it covers: `resource = \"aws_iam_user.legacy\"`");
        let (reason, owner) = (table.string("reason"), table.string("owner"));
        let until = table.date("until");
        let (ticket, control) = (table.string("ticket"), table.string("control"));
        selector::check(&rules, known, table.sink);
        let span = table.span.clone();
        table.finish();
        let resource = resource?;
        let resource = Spanned::new(resource.span(), AddressGlob::new(resource.into_inner()));
        Some(Waiver { rules, resource, reason, owner, until, ticket, control, span })
    }
}
