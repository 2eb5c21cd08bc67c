//! Evaluated values as policy documents: the bridge between `eval` and `iam`.

mod aws;
mod azure;
mod google;
mod kubernetes;
mod shared;
mod vault;

pub use aws::{AwsDocument, Tag};
pub use azure::permissions as azure_permissions;
pub use google::{level as google_level, members as google_members};
pub use kubernetes::{KubernetesRules, rules as kubernetes_rules};
pub use shared::{SharedDocument, computed_document, document_of, managed_document};
pub use vault::{place as vault_place, source as vault_source, text as vault_text};

use crate::eval::value::{Kind, Part, Value};
use crate::iam::{Element, Pattern, Syntax};

/// A value as a pattern; what is not known is a hole.
pub fn pattern(value: &Value, syntax: Syntax) -> Pattern {
    match &value.kind {
        Kind::String(text) => Pattern::builder(syntax).text(text.as_str()).build(),
        Kind::Number(number) => Pattern::literal(&number.to_string()),
        Kind::Bool(known) => Pattern::literal(if *known { "true" } else { "false" }),
        Kind::Template(parts) => {
            let builder = parts.iter().fold(Pattern::builder(syntax), |builder, part| match part {
                Part::Text(text) => builder.text(text.as_str()),
                Part::Hole(_) => builder.hole(),
            });
            builder.build()
        }
        _ => Pattern::unknown(),
    }
}

/// One element, or each of a list; an unknown list is one unknown element.
fn elements(value: &Value, syntax: Syntax) -> Vec<Element<Tag>> {
    let items = value.as_slice().iter().filter(|item| !item.is_null());
    items.map(|item| Element::new(pattern(item, syntax), Tag::of(item))).collect()
}
