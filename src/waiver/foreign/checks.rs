//! Which rules look for what a check of another scanner looks for.

use std::collections::HashMap;
use std::sync::LazyLock;

static RULES: LazyLock<HashMap<String, Vec<String>>> = LazyLock::new(|| {
    let rows: HashMap<String, Vec<String>> =
        serde_json::from_str(include_str!("../../data/foreign-checks.json")).unwrap_or_default();
    rows.into_iter().map(|(check, rules)| (check.to_ascii_uppercase(), rules)).collect()
});

/// The rules for a check, by its id or name; none for checks that are not about identities.
pub fn rules_of(check: &str) -> &'static [String] {
    let upper = check.to_ascii_uppercase();
    // Newer versions of Trivy leave the first part of their ids out.
    let found = RULES.get(&upper).or_else(|| RULES.get(&format!("AVD-{upper}")));
    found.map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_known_in_every_form() {
        assert_eq!(rules_of("CKV_AWS_356"), ["wildcard-resource", "wildcard-action"]);
        assert_eq!(rules_of("avd-aws-0130"), ["metadata-service-open"]);
        assert_eq!(rules_of("AWS-0130"), ["metadata-service-open"]);
        assert_eq!(rules_of("aws-ec2-enforce-http-token-imds"), ["metadata-service-open"]);
        assert!(rules_of("CKV_AWS_18").is_empty());
    }
}
