//! Commits that GitHub signs although a person's token or that of Actions makes them: through GraphQL.

use super::Result;
use super::error::{Error, Kind};
use super::transport::{Ask, Client};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::json;

const MUTATION: &str =
    "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }";

impl Client {
    /// Adds a commit to a branch that points to `expected`, and returns its id. GitHub refuses when the branch points
    /// elsewhere by then.
    pub fn commit_on_branch(
        &self,
        branch: &str,
        expected: &str,
        message: &str,
        files: &[(&str, &[u8])],
    ) -> Result<String> {
        let additions: Vec<_> = files
            .iter()
            .map(|(path, bytes)| json!({ "path": path, "contents": STANDARD.encode(bytes) }))
            .collect();
        let (headline, body) = message.split_once("\n\n").unwrap_or((message, ""));
        let input = json!({
            "branch": { "repositoryNameWithOwner": self.repository.to_string(), "branchName": branch },
            "expectedHeadOid": expected,
            "message": { "headline": headline, "body": body },
            "fileChanges": { "additions": additions },
        });
        let doing = format!("commit to the branch {branch}");
        let ask = Ask::send(
            Method::POST,
            self.graphql(),
            json!({ "query": MUTATION, "variables": { "input": input } }),
            doing.clone(),
        );
        let answer: serde_json::Value = self.ask(&ask.once())?.read()?;
        if let Some(oid) = answer["data"]["createCommitOnBranch"]["commit"]["oid"].as_str() {
            return Ok(oid.to_owned());
        }
        let why = answer["errors"][0]["message"].as_str().unwrap_or("no commit came back");
        let message = format!("could not {doing}: {why}");
        Err(Error::new(Kind::Conflict, message, "run keyward again: it goes on from what is there"))
    }
}
