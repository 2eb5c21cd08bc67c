use super::{GitError, unreadable};

/// A commit of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// In full, as hex digits.
    pub id: String,
    /// The first line of its message.
    pub title: String,
    object: gix::ObjectId,
    tree: gix::ObjectId,
}

impl Commit {
    pub(super) fn new(commit: &gix::Commit<'_>) -> Result<Self, GitError> {
        let id = commit.id.to_string();
        let tree = commit.tree_id().map_err(|error| unreadable(&id, &error))?.detach();
        let title = commit.message_raw().map(|text| text.to_string()).unwrap_or_default();
        let title = title.lines().next().unwrap_or_default().trim().to_string();
        Ok(Commit { id, title, object: commit.id, tree })
    }

    /// Enough digits to tell it from others.
    pub fn short(&self) -> String {
        self.id.chars().take(10).collect()
    }

    pub(super) fn object(&self) -> gix::ObjectId {
        self.object
    }

    pub(super) fn tree(&self) -> gix::ObjectId {
        self.tree
    }
}
