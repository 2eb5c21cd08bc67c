//! Comments that know themselves again by a marker in their text.

use super::Result;
use super::transport::{Ask, Client};
use super::types::Comment;
use http::Method;
use serde_json::json;

impl Client {
    pub fn comments(&self, number: u64) -> Result<Vec<Comment>> {
        self.list(
            &self.in_repository(&format!("/issues/{number}/comments")),
            &format!("list the comments of #{number}"),
        )
    }

    /// Makes the comment with this marker say `body`, which holds the marker: written, changed or left as it is. There
    /// is one however often this is done.
    pub fn upsert_comment(&self, number: u64, marker: &str, body: &str) -> Result<()> {
        match self.marked(number, marker)?.into_iter().next() {
            Some(there) if same(there.body.as_deref(), body) => Ok(()),
            Some(there) => self.edit_comment(there.id, body),
            None => self.write_comment(number, marker, body),
        }
    }

    /// Our comments with this marker, the oldest first.
    fn marked(&self, number: u64, marker: &str) -> Result<Vec<Comment>> {
        let mut found = self.comments(number)?;
        found.retain(|comment| comment.body.as_deref().is_some_and(|body| body.contains(marker)));
        found.sort_by_key(|comment| comment.id);
        Ok(found)
    }

    fn edit_comment(&self, id: u64, body: &str) -> Result<()> {
        let path = self.in_repository(&format!("/issues/comments/{id}"));
        self.ask(&Ask::send(Method::PATCH, path, json!({ "body": body }), "update a comment")).map(drop)
    }

    fn write_comment(&self, number: u64, marker: &str, body: &str) -> Result<()> {
        let path = self.in_repository(&format!("/issues/{number}/comments"));
        let doing = format!("comment on #{number}");
        let ask = Ask::send(Method::POST, path, json!({ "body": body }), doing).once();
        let written: Result<Comment> = self.ask(&ask).and_then(|answer| answer.read());
        let ours = match written {
            Ok(comment) => Some(comment.id),
            Err(error) if !error.is_ambiguous() => return Err(error),
            Err(_) => None,
        };
        let there = self.marked(number, marker)?;
        let Some(first) = there.first() else { return self.ask(&ask).map(drop) };
        // Of two runs at once the first comment stays.
        match ours {
            Some(ours) if ours != first.id => self.delete_comment(ours),
            _ => Ok(()),
        }
    }

    fn delete_comment(&self, id: u64) -> Result<()> {
        let path = self.in_repository(&format!("/issues/comments/{id}"));
        let ask = Ask { method: Method::DELETE, ..Ask::get(path, "delete a comment") };
        self.ask(&ask).map(drop)
    }
}

/// GitHub may turn line ends around.
fn same(there: Option<&str>, body: &str) -> bool {
    there.is_some_and(|there| there.replace("\r\n", "\n").trim_end() == body.trim_end())
}
