//! Pull requests.

use super::error::Kind;
use super::transport::{Ask, Client};
use super::types::Pull;
use super::{Error, Result, query};
use http::Method;
use serde_json::{Map, Value, json};

/// A pull request to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPull {
    pub title: String,
    pub body: String,
    pub head: String,
    pub base: String,
    pub draft: bool,
}

/// What to change in one; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullEdit {
    pub body: Option<String>,
    pub close: bool,
}

/// Reviewers whom GitHub did not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub names: Vec<String>,
    pub why: String,
}

impl Client {
    pub fn open_pulls(&self) -> Result<Vec<Pull>> {
        self.list(&self.in_repository("/pulls?state=open"), "list the open pull requests")
    }

    /// Open and closed ones from a branch of the repository itself, the latest first.
    pub fn pulls_from(&self, branch: &str) -> Result<Vec<Pull>> {
        let head = query(&format!("{}:{branch}", self.repository.owner));
        let path = self.in_repository(&format!("/pulls?state=all&head={head}"));
        let mut pulls: Vec<Pull> = self.list(&path, &format!("list the pull requests from {branch}"))?;
        // GitHub leaves the filter out where it does not understand it.
        pulls.retain(|pull| pull.head.branch == branch && pull.is_from(&self.repository));
        pulls.sort_by_key(|pull| std::cmp::Reverse(pull.number));
        Ok(pulls)
    }

    /// Opens one. If there is one from this branch already, that one is returned. Not every forge sees to it that two
    /// runs at once make one: the number of ours is given with it, where another run was quicker.
    pub fn open_pull(&self, new: &NewPull) -> Result<(Pull, Option<u64>)> {
        if let Some(there) = self.first_open(new)? {
            return Ok((there, None));
        }
        let made = self.make_pull(new)?;
        match self.first_open(new)? {
            Some(first) if first.number < made.number => Ok((first, Some(made.number))),
            _ => Ok((made, None)),
        }
    }

    /// The oldest open one from a branch to a base.
    fn first_open(&self, new: &NewPull) -> Result<Option<Pull>> {
        let pulls = self.pulls_from(&new.head)?.into_iter();
        Ok(pulls.rev().find(|pull| pull.is_open() && pull.base.branch == new.base))
    }

    fn make_pull(&self, new: &NewPull) -> Result<Pull> {
        let draft = new.draft;
        let body = json!({ "title": new.title, "body": new.body, "head": new.head, "base": new.base, "draft": draft });
        let doing = format!("open a pull request for {}", new.head);
        let ask = Ask::send(Method::POST, self.in_repository("/pulls"), body, doing).once();
        let error = match self.ask(&ask) {
            Ok(answer) => return answer.read(),
            Err(error) => error,
        };
        // Plans without drafts exist; the pull request says in words that it needs care.
        if draft && error.status == Some(422) && error.message.to_ascii_lowercase().contains("draft") {
            return self.make_pull(&NewPull { draft: false, ..new.clone() });
        }
        if error.kind != Kind::Exists && !error.is_ambiguous() {
            return Err(error);
        }
        match self.first_open(new)? {
            Some(pull) => Ok(pull),
            // Nothing happened after all, so that one more attempt makes no second one.
            None if error.is_ambiguous() => self.ask(&ask)?.read(),
            None => Err(error),
        }
    }

    pub fn edit_pull(&self, number: u64, edit: &PullEdit) -> Result<()> {
        let mut body = Map::new();
        if let Some(text) = &edit.body {
            body.insert("body".into(), json!(text));
        }
        if edit.close {
            body.insert("state".into(), json!("closed"));
        }
        let doing = format!("{} pull request #{number}", if edit.close { "close" } else { "update" });
        let path = self.in_repository(&format!("/pulls/{number}"));
        self.ask(&Ask::send(Method::PATCH, path, Value::Object(body), doing)).map(drop)
    }

    /// Asks people (`name`) and teams (`organisation/team`) for a review. One whom GitHub does not take must not keep the
    /// others from being asked.
    pub fn request_reviews(&self, number: u64, people: &[String], teams: &[String]) -> Result<Vec<Refused>> {
        if people.is_empty() && teams.is_empty() {
            return Ok(Vec::new());
        }
        match self.request(number, people, teams) {
            Ok(()) => Ok(Vec::new()),
            Err(error) if !is_about_reviewers(&error) => Err(error),
            Err(error) if people.len() + teams.len() == 1 => {
                let names = people.iter().chain(teams).cloned().collect();
                Ok(vec![Refused { names, why: error.message }])
            }
            Err(_) => {
                let mut refused = Vec::new();
                for person in people {
                    refused.extend(self.request_reviews(number, std::slice::from_ref(person), &[])?);
                }
                for team in teams {
                    refused.extend(self.request_reviews(number, &[], std::slice::from_ref(team))?);
                }
                Ok(refused)
            }
        }
    }

    fn request(&self, number: u64, people: &[String], teams: &[String]) -> Result<()> {
        let slugs: Vec<&str> = teams.iter().map(|team| team.rsplit('/').next().unwrap_or(team)).collect();
        let path = self.in_repository(&format!("/pulls/{number}/requested_reviewers"));
        let body = json!({ "reviewers": people, "team_reviewers": slugs });
        let doing = format!("ask for a review of #{number}");
        self.ask(&Ask::send(Method::POST, path, body, doing)).map(drop)
    }
}

/// They have no access, are unknown, or the token may not see teams.
fn is_about_reviewers(error: &Error) -> bool {
    matches!(error.status, Some(422) | Some(403) | Some(404)) && error.kind != Kind::Archived
}
