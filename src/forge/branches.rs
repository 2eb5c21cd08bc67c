//! The repository and its branches.

use super::error::Kind;
use super::transport::{Ask, Client};
use super::types::{Branch, Ref, Repository};
use super::{Result, encoded};
use http::Method;
use serde_json::json;

/// What came of making a branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    Ours,
    /// It was there, at this commit: somebody else was faster, or we were before an interruption.
    Exists(String),
}

impl Client {
    pub fn repository(&self) -> Result<Repository> {
        self.get(self.in_repository(""), format!("read the repository {}", self.repository))
    }

    /// The same by the address that GitHub gives for a repository that was renamed.
    pub fn repository_at(&self, address: &str) -> Result<Repository> {
        self.get(address, format!("read what became of {}", self.repository))
    }

    pub fn branch(&self, name: &str) -> Result<Option<Branch>> {
        let path = self.in_repository(&format!("/git/ref/heads/{}", encoded(name)));
        let found: Option<Ref> = self.find(path, format!("read the branch {name}"))?;
        Ok(found.map(Ref::branch).filter(|branch| branch.name == name))
    }

    /// Branches that begin so.
    pub fn branches(&self, prefix: &str) -> Result<Vec<Branch>> {
        let path = self.in_repository(&format!("/git/matching-refs/heads/{}", encoded(prefix)));
        let found: Vec<Ref> = self.list_as_is(&path, "list the branches")?;
        Ok(found.into_iter().map(Ref::branch).collect())
    }

    /// Makes a branch. That only one of several can is what keeps two runs apart.
    pub fn create_branch(&self, name: &str, sha: &str) -> Result<Created> {
        let body = json!({ "ref": format!("refs/heads/{name}"), "sha": sha });
        let path = self.in_repository("/git/refs");
        match self.ask(&Ask::send(Method::POST, path, body, format!("create the branch {name}"))) {
            Ok(_) => Ok(Created::Ours),
            Err(error) if error.kind == Kind::Exists => match self.branch(name)? {
                // A request that was repeated meets its own result.
                Some(branch) if branch.sha == sha => Ok(Created::Ours),
                Some(branch) => Ok(Created::Exists(branch.sha)),
                None => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    /// Lets a branch point elsewhere, whatever it pointed to.
    pub fn move_branch(&self, name: &str, sha: &str) -> Result<()> {
        let path = self.in_repository(&format!("/git/refs/heads/{}", encoded(name)));
        let body = json!({ "sha": sha, "force": true });
        self.ask(&Ask::send(Method::PATCH, path, body, format!("update the branch {name}"))).map(drop)
    }

    /// A branch that is gone already is fine.
    pub fn delete_branch(&self, name: &str) -> Result<()> {
        let path = self.in_repository(&format!("/git/refs/heads/{}", encoded(name)));
        let doing = format!("delete the branch {name}");
        let ask = Ask { method: Method::DELETE, ..Ask::get(path, doing) };
        match self.ask(&ask) {
            Err(error) if error.kind == Kind::NotFound => Ok(()),
            Err(error) if error.status == Some(422) && error.message.contains("does not exist") => Ok(()),
            other => other.map(drop),
        }
    }
}
