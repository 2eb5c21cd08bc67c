//! Which secret of a store a block reads. Two blocks that read the same one have one secret.

use crate::eval::value::Value;
use crate::eval::{Resource, ResourceMode};
use crate::identity::Model;

/// Attributes that together say which secret it is. Sources: the Terraform Registry pages of each type.
const LOCATORS: [(&str, &[&str]); 12] = [
    ("aws_secretsmanager_secret_version", &["secret_id"]),
    ("aws_ssm_parameter", &["name"]),
    ("google_secret_manager_secret_version", &["project", "secret"]),
    ("google_secret_manager_secret_version_access", &["project", "secret"]),
    ("google_secret_manager_regional_secret_version", &["project", "location", "secret"]),
    ("azurerm_key_vault_secret", &["key_vault_id", "name"]),
    ("vault_generic_secret", &["path"]),
    ("vault_kv_secret", &["path"]),
    ("vault_kv_secret_v2", &["mount", "name"]),
    ("onepassword_item", &["vault", "uuid", "title"]),
    ("oci_secrets_secretbundle", &["secret_id"]),
    ("ibm_sm_arbitrary_secret", &["instance_id", "secret_id"]),
];

/// The secret by its place in the store; `None` where the code does not tell.
pub(super) fn located(model: &Model, resource: &Resource) -> Option<String> {
    if resource.mode == ResourceMode::Ephemeral {
        return None;
    }
    let (kind, locators) = LOCATORS.iter().find(|(kind, _)| *kind == &*resource.kind)?;
    let mut found = kind.to_string();
    let mut any = false;
    for locator in *locators {
        found.push('\n');
        if let Some(value) = resource.body.value(locator) {
            found.push_str(&named(model, value)?);
            any = true;
        }
    }
    any.then_some(found)
}

/// A text, or what a reference leads to.
fn named(model: &Model, value: &Value) -> Option<String> {
    if let Some(text) = value.as_str() {
        return Some(bare(text).to_string());
    }
    let refs = value.deep_refs();
    let first = refs.iter().next()?;
    let used = model.resource(first.resource);
    // A data source that only looks the secret up says what it is called.
    let texts = ["name", "arn", "secret_id"].iter().find_map(|name| used.body.text(name));
    match texts.filter(|_| used.mode == ResourceMode::Data) {
        Some(text) => Some(bare(text).to_string()),
        None => Some(format!("#{}.{}", first.resource.0, first.path.replace("arn", "id"))),
    }
}

/// The name in an ARN, which ends in six characters that AWS adds.
/// Source: AWS Secrets Manager User Guide, "What's in a Secrets Manager secret?".
fn bare(text: &str) -> &str {
    let Some((_, name)) = text.split_once(":secret:") else { return text };
    match name.rsplit_once('-') {
        Some((name, added)) if added.len() == 6 => name,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_out_of_arns() {
        assert_eq!(bare("arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-a1B2c3"), "prod/db");
        assert_eq!(bare("prod/db"), "prod/db");
    }
}
