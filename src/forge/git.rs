//! Commits, trees and files, read and made one by one. What is made is seen by nobody until a branch points to it.

use super::error::{Error, Kind};
use super::transport::{Ask, Client};
use super::types::{Commit, Object, RawCommit, Tree};
use super::{Result, encoded};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde::Deserialize;
use serde_json::json;

/// A file in a new tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeChange {
    pub path: String,
    pub mode: String,
    /// `None` deletes the file.
    pub blob: Option<String>,
}

#[derive(Deserialize)]
struct Blob {
    content: String,
    #[serde(default)]
    encoding: String,
}

#[derive(Deserialize)]
struct Comparison {
    ahead_by: u64,
}

impl Client {
    pub fn commit(&self, sha: &str) -> Result<Commit> {
        let path = self.in_repository(&format!("/git/commits/{}", encoded(sha)));
        self.get::<RawCommit>(path, format!("read the commit {sha}")).map(Commit::from)
    }

    /// All files of a tree. GitHub cuts long lists, after which each directory is asked for by itself.
    pub fn tree(&self, sha: &str) -> Result<Tree> {
        let path =
            |sha: &str, query: &str| self.in_repository(&format!("/git/trees/{}{query}", encoded(sha)));
        let doing = "list the files of the repository";
        let whole: Tree = self.get(path(sha, "?recursive=1"), doing)?;
        if !whole.truncated {
            return Ok(whole);
        }
        let mut entries = Vec::new();
        let mut pending = vec![(String::new(), sha.to_owned())];
        let mut asked = 0;
        while let Some((prefix, sha)) = pending.pop() {
            asked += 1;
            if asked > MAX_DIRECTORIES {
                let message = format!("could not {doing}: there are more than {MAX_DIRECTORIES} directories");
                return Err(Error::new(
                    Kind::Refused,
                    message,
                    "run keyward from a checkout, on a part of it",
                ));
            }
            let level: Tree = self.get(path(&sha, ""), doing)?;
            for mut entry in level.entries {
                entry.path = format!("{prefix}{}", entry.path);
                match entry.kind.as_str() {
                    "tree" => pending.push((format!("{}/", entry.path), entry.sha)),
                    _ => entries.push(entry),
                }
            }
        }
        entries.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(Tree { sha: whole.sha, entries, truncated: false })
    }

    /// Files by their ids.
    pub fn blobs(&self, ids: &[String]) -> Result<Vec<(String, Vec<u8>)>> {
        let ask =
            |id: &String| Ask::get(self.in_repository(&format!("/git/blobs/{}", encoded(id))), "read a file");
        let asks: Vec<Ask> = ids.iter().map(ask).collect();
        let answers = self.ask_all(&asks)?;
        ids.iter().zip(answers).map(|(id, answer)| Ok((id.clone(), decoded(id, answer.read()?)?))).collect()
    }

    pub fn create_blob(&self, bytes: &[u8]) -> Result<String> {
        let body = json!({ "content": STANDARD.encode(bytes), "encoding": "base64" });
        self.make("/git/blobs", body, "store a changed file")
    }

    pub fn create_tree(&self, base: &str, changes: &[TreeChange]) -> Result<String> {
        let entry = |change: &TreeChange| json!({ "path": change.path, "mode": change.mode, "type": "blob", "sha": change.blob });
        let tree: Vec<_> = changes.iter().map(entry).collect();
        self.make("/git/trees", json!({ "base_tree": base, "tree": tree }), "store the changed tree")
    }

    /// Without author and committer, so that GitHub signs what an App commits.
    pub fn create_commit(&self, message: &str, tree: &str, parent: &str) -> Result<String> {
        let body = json!({ "message": message, "tree": tree, "parents": [parent] });
        self.make("/git/commits", body, "store the commit")
    }

    fn make(&self, rest: &str, body: serde_json::Value, doing: &str) -> Result<String> {
        let ask = Ask::send(Method::POST, self.in_repository(rest), body, doing);
        Ok(self.ask(&ask)?.read::<Object>()?.sha)
    }

    /// Whether everything in `head` is in `base` as well.
    pub fn is_contained(&self, head: &str, base: &str) -> Result<bool> {
        let path = self.in_repository(&format!("/compare/{}...{}", encoded(base), encoded(head)));
        let found: Option<Comparison> = self.find(path, "compare a branch with its base")?;
        Ok(found.is_some_and(|it| it.ahead_by == 0))
    }
}

/// More requests than this for one listing would use up the hour's limit.
const MAX_DIRECTORIES: usize = 1_000;

fn decoded(id: &str, blob: Blob) -> Result<Vec<u8>> {
    if blob.encoding == "utf-8" {
        return Ok(blob.content.into_bytes());
    }
    let clean: String = blob.content.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(clean).map_err(|_| {
        let message = format!("could not read a file: {id} is not base64");
        Error::new(Kind::Unreadable, message, "check --api-url: does GitHub answer there?")
    })
}
