use crate::iam::{Pattern, Piece};
use serde::Serialize;

/// Where a role assignment holds. Ordered by width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    Unknown,
    Resource,
    ResourceGroup,
    Subscription,
    ManagementGroup,
    Root,
}

impl Scope {
    /// Reads a scope, parts of which may be unknown: a hole within a path is taken for one segment, and one at
    /// the start for the id of whatever the rest hangs on.
    pub fn of(scope: &Pattern) -> Scope {
        let mut text = String::new();
        for piece in scope.pieces() {
            match piece {
                Piece::Text(part) => text.push_str(part),
                // A character that no path contains stands for the hole.
                _ => text.push('\u{fffc}'),
            }
        }
        let text = text.to_ascii_lowercase();
        let segments: Vec<&str> = text.split('/').filter(|segment| !segment.is_empty()).collect();
        if segments.is_empty() {
            return if text.starts_with('/') { Scope::Root } else { Scope::Unknown };
        }
        match segments.as_slice() {
            ["providers", "microsoft.management", "managementgroups", _] => Scope::ManagementGroup,
            ["subscriptions", _] => Scope::Subscription,
            [.., "resourcegroups", _] => Scope::ResourceGroup,
            ["subscriptions", ..] => Scope::Resource,
            [_, .., "providers", _, _, _] | [_, .., "providers", _, _, _, _, _] => Scope::Resource,
            _ if segments.contains(&"providers") && segments.len() > 4 => Scope::Resource,
            _ => Scope::Unknown,
        }
    }

    /// A whole subscription or more.
    pub fn is_wide(self) -> bool {
        self >= Scope::Subscription
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::Syntax;

    #[test]
    fn scopes() {
        let of = |text: &str| Scope::of(&Pattern::literal(text));
        assert_eq!(of("/"), Scope::Root);
        assert_eq!(of("/providers/Microsoft.Management/managementGroups/root"), Scope::ManagementGroup);
        assert_eq!(of("/subscriptions/1"), Scope::Subscription);
        assert_eq!(of("/subscriptions/1/resourceGroups/a"), Scope::ResourceGroup);
        let vault = "/subscriptions/1/resourceGroups/a/providers/Microsoft.KeyVault/vaults/v";
        assert_eq!(of(vault), Scope::Resource);
        assert_eq!(of(&format!("{vault}/secrets/s")), Scope::Resource);
        assert_eq!((of(""), of("name")), (Scope::Unknown, Scope::Unknown));
    }

    #[test]
    fn scopes_with_holes() {
        let build = || Pattern::builder(Syntax::Literal);
        let hole = |before: &str, after: &str| Scope::of(&build().text(before).hole().text(after).build());
        assert_eq!(hole("/subscriptions/", ""), Scope::Subscription);
        assert_eq!(hole("", "/resourceGroups/x"), Scope::ResourceGroup);
        assert_eq!(hole("", "/providers/Microsoft.KeyVault/vaults/v"), Scope::Resource);
        assert_eq!(hole("", ""), Scope::Unknown);
        assert_eq!(hole("/providers/Microsoft.Management/managementGroups/", ""), Scope::ManagementGroup);
    }
}
