use serde::Serialize;

/// How near a set of permissions comes to owning the place it applies to. Ordered by weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Neither of the others. Single permissions in it may still be dangerous.
    #[default]
    None,
    /// Nearly everything but giving out permissions.
    Power,
    /// Everything, or the right to grant oneself everything.
    Admin,
}
