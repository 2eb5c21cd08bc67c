//! Data sources that only compute a document from their arguments, which can be done here.

mod aws_policy;
mod google_policy;
mod vault_policy;

use super::functions;
use super::project::BlockValue;
use super::value::{Value, Why};

/// Whether there is a document in an attribute. No type has two of them.
pub fn computes(kind: &str, attribute: &str) -> bool {
    matches!(
        (kind, attribute),
        ("aws_iam_policy_document", "json" | "minified_json")
            | ("google_iam_policy", "policy_data")
            | ("vault_policy_document", "hcl")
    )
}

/// The value of a computed attribute of a data source, when it follows from the configuration.
pub fn computed(kind: &str, attribute: &str, body: &BlockValue) -> Option<Value> {
    match (kind, attribute) {
        ("aws_iam_policy_document", "json" | "minified_json") => Some(encode(aws_policy::document(body))),
        ("google_iam_policy", "policy_data") => Some(encode(google_policy::policy(body))),
        ("vault_policy_document", "hcl") => Some(vault_policy::hcl(body)),
        _ => None,
    }
}

fn encode(document: Value) -> Value {
    functions::call("jsonencode", &[document]).unwrap_or_else(|_| Value::unknown(Why::Limit))
}
