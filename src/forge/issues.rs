//! Issues and labels.

use super::error::Kind;
use super::transport::{Ask, Client};
use super::types::Issue;
use super::{Result, encoded, query};
use http::Method;
use serde_json::{Value, json};

impl Client {
    /// Issues with a label, open and closed, the oldest first.
    pub fn issues(&self, label: &str) -> Result<Vec<Issue>> {
        let path = self.in_repository(&format!("/issues?state=all&labels={}", query(label)));
        let mut found: Vec<Issue> = self.list(&path, "list the issues")?;
        found.retain(|issue| issue.pull_request.is_none());
        found.sort_by_key(|issue| issue.number);
        Ok(found)
    }

    /// The number of a new issue.
    pub fn open_issue(&self, title: &str, body: &str, labels: &[String]) -> Result<u64> {
        let body = json!({ "title": title, "body": body, "labels": labels });
        let ask = Ask::send(Method::POST, self.in_repository("/issues"), body, "open an issue").once();
        Ok(self.ask(&ask)?.read::<Issue>()?.number)
    }

    pub fn edit_issue(&self, number: u64, body: &str) -> Result<()> {
        self.change_issue(number, json!({ "body": body }), "update")
    }

    pub fn close_issue(&self, number: u64) -> Result<()> {
        self.change_issue(number, json!({ "state": "closed", "state_reason": "not_planned" }), "close")
    }

    fn change_issue(&self, number: u64, body: Value, verb: &str) -> Result<()> {
        let path = self.in_repository(&format!("/issues/{number}"));
        self.ask(&Ask::send(Method::PATCH, path, body, format!("{verb} issue #{number}"))).map(drop)
    }

    /// Adds labels to an issue or pull request; those that it has stay.
    pub fn add_labels(&self, number: u64, labels: &[String]) -> Result<()> {
        let path = self.in_repository(&format!("/issues/{number}/labels"));
        let doing = format!("label #{number}");
        self.ask(&Ask::send(Method::POST, path, json!({ "labels": labels }), doing)).map(drop)
    }

    /// Makes a label if there is none of the name. One that is there keeps its colour.
    pub fn ensure_label(&self, name: &str, color: &str, description: &str) -> Result<()> {
        let path = self.in_repository(&format!("/labels/{}", encoded(name).replace('/', "%2F")));
        let is_there =
            || Ok(self.find::<Value>(path.clone(), format!("look for the label {name}"))?.is_some());
        if is_there()? {
            return Ok(());
        }
        let body = json!({ "name": name, "color": color, "description": description });
        let doing = format!("create the label {name}");
        match self.ask(&Ask::send(Method::POST, self.in_repository("/labels"), body, doing)) {
            // `already_exists` is a code of a field here and no message.
            Err(error) if error.kind == Kind::Exists => Ok(()),
            // Another run may have made it in between, of which the answer does not always speak.
            Err(error) if error.kind == Kind::Refused && is_there()? => Ok(()),
            other => other.map(drop),
        }
    }
}
