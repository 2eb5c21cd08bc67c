//! The text of a waiver comment: `keyward: ignore[rule, rule] until=2027-03-31 reason="why"`.

use crate::source::Word;
use jiff::civil::Date;

/// A directive that could be read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Directive {
    pub rules: Vec<String>,
    pub until: Option<Date>,
    pub reason: Option<String>,
    pub owner: Option<String>,
    pub ticket: Option<String>,
    pub control: Option<String>,
}

/// Reads a comment. `None` for one that is no directive; otherwise the directive, or what is wrong with it.
pub(super) fn parse(comment: &str) -> Option<Result<Directive, String>> {
    let rest = comment.strip_prefix(Word::Waiver.text())?;
    Some(read(rest.trim()))
}

fn read(text: &str) -> Result<Directive, String> {
    let rest = text.strip_prefix("ignore").ok_or("only `ignore[…]` follows `keyward:`")?;
    let rest = rest.strip_prefix('[').ok_or("`ignore` lists rules in brackets: `ignore[missing-expiry]`")?;
    let (list, mut rest) = rest.split_once(']').ok_or("the list of rules has no `]`")?;
    let rules: Vec<String> =
        list.split(',').map(str::trim).filter(|rule| !rule.is_empty()).map(str::to_owned).collect();
    if rules.is_empty() {
        return Err("it names no rule".to_owned());
    }
    let mut directive = Directive { rules, ..Directive::default() };
    loop {
        rest = rest.trim_start();
        // What follows a second mark is a comment on the comment.
        if rest.is_empty() || rest.starts_with('#') {
            return Ok(directive);
        }
        let (key, value, after) = pair(rest)?;
        set(&mut directive, key, value)?;
        rest = after;
    }
}

/// `key=value` or `key="value with blanks"`, and what follows.
fn pair(text: &str) -> Result<(&str, &str, &str), String> {
    let (key, rest) = text
        .split_once('=')
        .filter(|(key, _)| !key.trim().contains(char::is_whitespace))
        .ok_or_else(|| format!("`{text}` is not `key=value`"))?;
    match rest.strip_prefix('"') {
        Some(quoted) => {
            let (value, after) =
                quoted.split_once('"').ok_or_else(|| format!("the text of `{key}` has no closing quote"))?;
            Ok((key.trim(), value, after))
        }
        None => {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            Ok((key.trim(), &rest[..end], &rest[end..]))
        }
    }
}

fn set(directive: &mut Directive, key: &str, value: &str) -> Result<(), String> {
    let value = value.trim();
    if value.is_empty() {
        return Err(format!("`{key}` is empty"));
    }
    let field = match key {
        "until" => {
            let date = value.parse().map_err(|_| format!("`{value}` is not a date like 2027-03-31"))?;
            return match directive.until.replace(date) {
                None => Ok(()),
                Some(_) => Err("`until` is there twice".to_owned()),
            };
        }
        "reason" => &mut directive.reason,
        "owner" => &mut directive.owner,
        "ticket" => &mut directive.ticket,
        "control" => &mut directive.control,
        _ => return Err(format!("`{key}` is not one of until, reason, owner, ticket, control")),
    };
    match field.replace(value.to_owned()) {
        None => Ok(()),
        Some(_) => Err(format!("`{key}` is there twice")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_directive_has_rules_and_pairs() {
        let read = parse("keyward: ignore[a, KW2] until=2027-03-31 reason=\"no OIDC yet\" ticket=SEC-1");
        let directive = read.unwrap().unwrap();
        assert_eq!(directive.rules, ["a", "KW2"]);
        assert_eq!(directive.until.unwrap().to_string(), "2027-03-31");
        assert_eq!(directive.reason.as_deref(), Some("no OIDC yet"));
        assert_eq!(directive.ticket.as_deref(), Some("SEC-1"));
        assert_eq!(parse("keyward is a program"), None);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, part) in [
            ("keyward: skip", "only `ignore[…]`"),
            ("keyward: ignore", "in brackets"),
            ("keyward: ignore[a", "no `]`"),
            ("keyward: ignore[]", "names no rule"),
            ("keyward: ignore[a] until=soon", "not a date"),
            ("keyward: ignore[a] reason=\"x", "closing quote"),
            ("keyward: ignore[a] because", "not `key=value`"),
            ("keyward: ignore[a] why=x", "is not one of"),
            ("keyward: ignore[a] reason=x reason=y", "twice"),
        ] {
            let error = parse(text).unwrap().unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_comment_is_survived(text in "keyward: ?(ignore)?\\[?\\PC{0,40}") {
            parse(&text);
        }
    }
}
