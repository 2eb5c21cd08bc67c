//! The language of questions: a few words in a fixed order.

use super::Permission;
use crate::config::AddressGlob;
use std::fmt;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    Who { permission: Permission, on: Option<String> },
    WhoBecomes { target: AddressGlob },
    Can { who: AddressGlob, permission: Permission, on: Option<String> },
    CanBecome { who: AddressGlob, target: AddressGlob },
    Path { from: AddressGlob, to: Destination },
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    Admin,
    Secrets,
    Identity(AddressGlob),
}

/// The forms of a question, for help texts.
pub const GRAMMAR: &str = "\
who can PERMISSION [on RESOURCE]
who can become IDENTITY
can IDENTITY PERMISSION [on RESOURCE]
can IDENTITY become IDENTITY
path from IDENTITY to IDENTITY
path from IDENTITY to admin
path from IDENTITY to secrets";

/// A question that does not have one of the forms, and where it stops having it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    pub message: String,
    question: String,
    /// The byte at which the trouble starts.
    at: usize,
}

impl fmt::Display for ParseError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = self.question[..self.at].chars().count();
        writeln!(out, "{}", self.message)?;
        writeln!(out, "  {}", self.question)?;
        write!(out, "  {:column$}^", "")
    }
}

struct Words<'q> {
    question: &'q str,
    rest: Vec<(usize, &'q str)>,
}

pub fn parse(question: &str) -> Result<Question, ParseError> {
    let mut words = Words::of(question);
    let found = match words.next().map(str::to_ascii_lowercase).as_deref() {
        Some("who") => {
            words.expect("can", "`can` follows `who`")?;
            match words.take("become") {
                true => Question::WhoBecomes { target: words.address("whom they would become")? },
                false => Question::Who { permission: words.permission()?, on: words.on()? },
            }
        }
        Some("can") => {
            let who = words.address("who is asked about")?;
            match words.take("become") {
                true => Question::CanBecome { who, target: words.address("whom it would become")? },
                false => Question::Can { who, permission: words.permission()?, on: words.on()? },
            }
        }
        Some("path") => {
            words.expect("from", "`from` follows `path`")?;
            let from = words.address("where the path begins")?;
            words.expect("to", "`to` follows")?;
            Question::Path { from, to: words.destination()? }
        }
        _ => {
            words = Words::of(question);
            return Err(words.error("a question begins with `who`, `can` or `path`"));
        }
    };
    match words.rest.is_empty() {
        true => Ok(found),
        false => Err(words.error("nothing follows here")),
    }
}

impl<'q> Words<'q> {
    fn of(question: &'q str) -> Self {
        let starts = question.split_whitespace().map(|word| {
            // A word is part of the question, so that its place in memory tells where it starts.
            (word.as_ptr() as usize - question.as_ptr() as usize, word)
        });
        Words { question, rest: starts.rev().collect() }
    }

    fn next(&mut self) -> Option<&'q str> {
        self.rest.pop().map(|(_, word)| word)
    }

    fn peek(&self) -> Option<&'q str> {
        self.rest.last().map(|(_, word)| *word)
    }

    fn take(&mut self, expected: &str) -> bool {
        let found = self.peek().is_some_and(|word| word.eq_ignore_ascii_case(expected));
        if found {
            self.rest.pop();
        }
        found
    }

    fn error(&self, message: impl Into<String>) -> ParseError {
        let at = self.rest.last().map_or(self.question.len(), |(at, _)| *at);
        ParseError { message: message.into(), question: self.question.to_string(), at }
    }

    fn expect(&mut self, expected: &str, message: &str) -> Result<(), ParseError> {
        match self.take(expected) {
            true => Ok(()),
            false => Err(self.error(message)),
        }
    }

    fn address(&mut self, what: &str) -> Result<AddressGlob, ParseError> {
        match self.next() {
            Some(word) => Ok(AddressGlob::new(word)),
            None => Err(self.error(format!("the address is missing of {what}"))),
        }
    }

    fn permission(&mut self) -> Result<Permission, ParseError> {
        let Some(word) = self.peek() else { return Err(self.error("the permission is missing")) };
        if Permission::is_verb(word) {
            self.next();
            return match self.next() {
                Some(resource) => Ok(Permission::kubernetes(word, resource)),
                None => {
                    Err(self
                        .error(format!("`{word}` needs a resource of Kubernetes, as in `{word} secrets`")))
                }
            };
        }
        match Permission::parse(word) {
            Ok(permission) => {
                self.next();
                Ok(permission)
            }
            Err(message) => Err(self.error(message)),
        }
    }

    fn on(&mut self) -> Result<Option<String>, ParseError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.expect("on", "`on` and a resource follow, or nothing")?;
        match self.next() {
            Some(word) => Ok(Some(word.to_string())),
            None => Err(self.error("the address of the resource is missing")),
        }
    }

    fn destination(&mut self) -> Result<Destination, ParseError> {
        Ok(match self.peek() {
            Some("admin") => {
                self.next();
                Destination::Admin
            }
            Some("secrets") => {
                self.next();
                Destination::Secrets
            }
            _ => Destination::Identity(self.address("where the path leads")?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        let pass = Permission::Aws("iam:PassRole".to_string());
        assert_eq!(
            parse("who can IAM:passrole on aws_iam_role.admin"),
            Ok(Question::Who { permission: pass.clone(), on: Some("aws_iam_role.admin".to_string()) })
        );
        let ci = AddressGlob::new("aws_iam_role.ci");
        let admin = AddressGlob::new("*.admin");
        assert_eq!(parse(" who  can become *.admin "), Ok(Question::WhoBecomes { target: admin.clone() }));
        assert_eq!(
            parse("can aws_iam_role.ci iam:PassRole"),
            Ok(Question::Can { who: ci.clone(), permission: pass, on: None })
        );
        assert_eq!(
            parse("can aws_iam_role.ci become *.admin"),
            Ok(Question::CanBecome { who: ci.clone(), target: admin })
        );
        assert_eq!(
            parse("path from aws_iam_role.ci to admin"),
            Ok(Question::Path { from: ci, to: Destination::Admin })
        );
        let of = |text: &str| match parse(&format!("who can {text}")) {
            Ok(Question::Who { permission, .. }) => permission.name(),
            other => panic!("{other:?}"),
        };
        assert_eq!(of("iam.serviceAccounts.actAs"), "iam.serviceAccounts.actAs");
        assert_eq!(of("Microsoft.KeyVault/vaults/secrets/read"), "Microsoft.KeyVault/vaults/secrets/read");
        assert_eq!(
            (of("get secrets"), of("create deployments")),
            ("get secrets".into(), "create deployments.apps".into())
        );
    }

    #[test]
    fn mistakes_are_pointed_at() {
        let error = |text: &str| parse(text).map(|_| ()).unwrap_err().to_string();
        assert_eq!(error("whom"), "a question begins with `who`, `can` or `path`\n  whom\n  ^");
        assert_eq!(
            error("who can iam:PasRole"),
            "AWS Identity and Access Management (IAM) has no action `iam:PasRole`\n  who can iam:PasRole\n          ^"
        );
        assert_eq!(error("path from a.b"), "`to` follows\n  path from a.b\n               ^");
        assert_eq!(
            error("who can get"),
            "`get` needs a resource of Kubernetes, as in `get secrets`\n  who can get\n             ^"
        );
        assert_eq!(
            error("who can nosuch:Thing"),
            "AWS has no service `nosuch`\n  who can nosuch:Thing\n          ^"
        );
        assert_eq!(
            error("can a.b iam:PassRole at c.d"),
            "`on` and a resource follow, or nothing\n  can a.b iam:PassRole at c.d\n                       ^"
        );
    }
}
