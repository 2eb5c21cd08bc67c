//! What GitHub answers, as far as it is used. Fields that GitHub may leave out are optional; unknown ones are ignored.

use serde::Deserialize;
use std::fmt;
use std::str::FromStr;

/// `owner/name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug {
    pub owner: String,
    pub name: String,
}

impl FromStr for Slug {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not of the form owner/name");
        let (owner, name) = text.split_once('/').ok_or_else(wrong)?;
        let fine = |part: &str| {
            let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
            !part.is_empty() && part.len() <= 100 && part.bytes().all(known) && part != "." && part != ".."
        };
        if !fine(owner) || !fine(name) {
            return Err(wrong());
        }
        Ok(Slug { owner: owner.to_owned(), name: name.to_owned() })
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.owner, self.name)
    }
}

#[derive(Clone, Debug, Deserialize)]
pub struct Repository {
    pub full_name: String,
    pub default_branch: String,
    #[serde(default)]
    pub archived: bool,
    #[serde(default = "yes")]
    pub has_issues: bool,
    #[serde(default)]
    pub html_url: String,
}

fn yes() -> bool {
    true
}

/// A branch and the commit that it points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    pub name: String,
    pub sha: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Ref {
    #[serde(rename = "ref")]
    pub name: String,
    pub object: Object,
}

impl Ref {
    pub fn branch(self) -> Branch {
        let name = self.name.strip_prefix("refs/heads/").unwrap_or(&self.name).to_owned();
        Branch { name, sha: self.object.sha }
    }
}

/// Anything that is known by its id.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Object {
    pub sha: String,
}

#[derive(Clone, Debug)]
pub struct Commit {
    pub sha: String,
    pub message: String,
    pub tree: String,
    pub parents: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct RawCommit {
    pub sha: String,
    pub message: String,
    pub tree: Object,
    #[serde(default)]
    pub parents: Vec<Object>,
}

impl From<RawCommit> for Commit {
    fn from(raw: RawCommit) -> Self {
        let parents = raw.parents.into_iter().map(|parent| parent.sha).collect();
        Commit { sha: raw.sha, message: raw.message, tree: raw.tree.sha, parents }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Tree {
    pub sha: String,
    #[serde(rename = "tree", default)]
    pub entries: Vec<Entry>,
    #[serde(default)]
    pub truncated: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Entry {
    pub path: String,
    /// `100644`, `100755`, `120000` for a link, `040000` for a directory, `160000` for a submodule.
    pub mode: String,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub sha: String,
    #[serde(default)]
    pub size: Option<u64>,
}

impl Entry {
    /// A regular file, executable or not.
    pub fn is_file(&self) -> bool {
        self.kind == "blob" && self.mode.starts_with("100")
    }
}

#[derive(Clone, Debug, Deserialize)]
pub struct Pull {
    pub number: u64,
    pub state: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub body: Option<String>,
    #[serde(default)]
    pub draft: bool,
    #[serde(default)]
    pub merged_at: Option<String>,
    #[serde(default)]
    pub closed_at: Option<String>,
    #[serde(default)]
    pub html_url: String,
    pub head: Side,
    pub base: Side,
}

/// One side of a pull request.
#[derive(Clone, Debug, Deserialize)]
pub struct Side {
    #[serde(rename = "ref")]
    pub branch: String,
    #[serde(default)]
    pub sha: String,
    /// None when the fork that it came from is gone.
    #[serde(default)]
    pub repo: Option<Named>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Named {
    pub full_name: String,
}

impl Pull {
    pub fn is_open(&self) -> bool {
        self.state == "open"
    }

    /// Whether its branch is in the repository itself. Anybody may open one from a fork, and write into its text
    /// what they like.
    pub fn is_from(&self, repository: &Slug) -> bool {
        self.head.repo.as_ref().is_some_and(|it| it.full_name.eq_ignore_ascii_case(&repository.to_string()))
    }

    pub fn text(&self) -> &str {
        self.body.as_deref().unwrap_or_default()
    }
}

#[derive(Clone, Debug, Deserialize)]
pub struct Issue {
    pub number: u64,
    pub state: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub body: Option<String>,
    /// GitHub lists pull requests among the issues.
    #[serde(default)]
    pub pull_request: Option<serde_json::Value>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Comment {
    pub id: u64,
    #[serde(default)]
    pub body: Option<String>,
}
