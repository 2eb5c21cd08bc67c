//! What went wrong, in words that say what to do. A token is in none of them: only GitHub's answer is quoted.

use super::judge::Told;
use std::fmt;

/// What kind of failure it was; callers decide by it, people read the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The token is not known.
    Token,
    /// The token may not do this.
    Permission,
    /// The repository is read-only.
    Archived,
    /// Not there, or not visible.
    NotFound,
    /// It was renamed or moved.
    Moved,
    /// Issues are switched off.
    Gone,
    /// The state of the repository does not allow it.
    Conflict,
    /// It is there already.
    Exists,
    /// Rules of the branch forbid it.
    Protected,
    /// GitHub did not take what was sent.
    Refused,
    /// Access is blocked by law or by terms of service.
    Blocked,
    /// A limit was reached that lasts longer than we wait.
    Limited,
    /// GitHub did not answer, or answered with a failure of its own, again and again.
    Unreachable,
    /// An answer that cannot be read.
    Unreadable,
    /// What was given cannot be used.
    Input,
}

/// A failed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub kind: Kind,
    pub status: Option<u16>,
    pub message: String,
    pub help: String,
    /// Where it moved to.
    pub location: Option<String>,
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl Error {
    pub fn new(kind: Kind, message: impl Into<String>, help: impl Into<String>) -> Self {
        Error { kind, status: None, message: message.into(), help: help.into(), location: None }
    }

    /// Nobody knows whether what was asked for happened.
    pub fn is_ambiguous(&self) -> bool {
        self.kind == Kind::Unreachable
    }

    /// From an answer that is no success. `doing` completes "could not …".
    pub(super) fn from_answer(doing: &str, told: &Told<'_>) -> Self {
        let (kind, why, help) = explained(told);
        let said = match told.message.trim() {
            "" => String::new(),
            text => format!(": {}", text.trim_end_matches('.')),
        };
        let message = format!("could not {doing}: {why} ({}{said})", told.status);
        Error { kind, status: Some(told.status), message, help, location: told.location.clone() }
    }
}

fn explained(told: &Told<'_>) -> (Kind, String, String) {
    let says = |part: &str| told.message.to_ascii_lowercase().contains(part);
    match told.status {
        301 | 302 | 307 | 308 => (
            Kind::Moved,
            match &told.location {
                Some(to) => format!("it has moved to {to}"),
                None => "it has moved".to_owned(),
            },
            "use the new name".to_owned(),
        ),
        401 => (
            Kind::Token,
            "GitHub does not know the token".to_owned(),
            "it has expired, was revoked or is for another server: make a new one, or correct --api-url"
                .to_owned(),
        ),
        403 if says("archived") => archived(),
        403 | 404 if told.sso => (
            Kind::Permission,
            "the organisation asks for single sign-on".to_owned(),
            "authorise the token for the organisation in its settings on GitHub".to_owned(),
        ),
        403 if says("not permitted to create or approve pull requests") => (
            Kind::Permission,
            "workflows may not open pull requests here".to_owned(),
            "allow it under Settings, Actions, General, Workflow permissions, or use the token of an App"
                .to_owned(),
        ),
        403 => permission(told),
        404 => (
            Kind::NotFound,
            "it is not there, or the token may not see it".to_owned(),
            match &told.accepted {
                Some(accepted) => {
                    format!("check the name; if it is right, the token needs {}", needs(accepted))
                }
                None => "check the name, and that the token covers this repository".to_owned(),
            },
        ),
        409 if says("empty") => {
            (Kind::Conflict, "the repository has no commit yet".to_owned(), "push a first commit".to_owned())
        }
        409 => (
            Kind::Conflict,
            "something else changed it meanwhile".to_owned(),
            "run keyward again: it goes on from what is there".to_owned(),
        ),
        410 => (
            Kind::Gone,
            "it is switched off or deleted".to_owned(),
            "switch issues on, or set `dashboard = false`".to_owned(),
        ),
        422 if says("already exists") => (
            Kind::Exists,
            "it is there already".to_owned(),
            "run keyward again: it goes on from what is there".to_owned(),
        ),
        403.. if protected(told) => (
            Kind::Protected,
            "rules of the branch do not allow it".to_owned(),
            "let keyward's account create and force-push branches that match `keyward/**`".to_owned(),
        ),
        422 => (
            Kind::Refused,
            "GitHub did not accept it".to_owned(),
            "what GitHub says is above; if it makes no sense to you, please report it".to_owned(),
        ),
        429 => (Kind::Limited, "too many requests".to_owned(), "run keyward again later".to_owned()),
        451 => (
            Kind::Blocked,
            "GitHub has blocked access to the repository".to_owned(),
            "nothing can be done from here; leave the repository out".to_owned(),
        ),
        500.. => (
            Kind::Unreachable,
            "GitHub failed again and again".to_owned(),
            "see https://www.githubstatus.com and run keyward again: it goes on from what is there"
                .to_owned(),
        ),
        _ => (Kind::Refused, "an answer that was not expected".to_owned(), "please report it".to_owned()),
    }
}

fn archived() -> (Kind, String, String) {
    (
        Kind::Archived,
        "the repository is archived and can only be read".to_owned(),
        "unarchive it, or leave it out".to_owned(),
    )
}

fn protected(told: &Told<'_>) -> bool {
    let text = told.message.to_ascii_lowercase();
    ["protected branch", "rule violation", "force-push", "force push", "protected ref"]
        .iter()
        .any(|part| text.contains(part))
}

fn permission(told: &Told<'_>) -> (Kind, String, String) {
    if protected(told) {
        return (
            Kind::Protected,
            "rules of the branch do not allow it".to_owned(),
            "let keyward's account create and force-push branches that match `keyward/**`".to_owned(),
        );
    }
    match &told.accepted {
        Some(accepted) => (
            Kind::Permission,
            format!("the token needs {}", needs(accepted)),
            "grant it to the App or the token, or under `permissions:` of the workflow".to_owned(),
        ),
        None => (
            Kind::Permission,
            "the token may not do this".to_owned(),
            "it needs contents, pull requests and issues, each with write access".to_owned(),
        ),
    }
}

/// `contents=write,pull_requests=write; issues=write` in words: `;` separates alternatives.
fn needs(accepted: &str) -> String {
    let one = |text: &str| {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let parts: Vec<String> = parts
            .map(|part| match part.split_once('=') {
                Some((what, access)) => format!("`{}: {access}`", what.replace('_', "-")),
                None => format!("`{part}`"),
            })
            .collect();
        parts.join(" and ")
    };
    let ways: Vec<String> = accepted.split(';').map(one).filter(|way| !way.is_empty()).collect();
    ways.join(" or ")
}
