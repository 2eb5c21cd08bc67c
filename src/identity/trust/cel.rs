//! Attribute conditions of workload identity pools, as far as they tell holders of tokens apart.
//! Source: Google Cloud documentation, "Manage workload identity pools and providers", "Attribute conditions"; the
//! Common Expression Language.

use super::claims::{read_claim, tells_apart};
use super::subject::Reading;
use super::{Issuer, Width};
use crate::iam::{Pattern, Syntax};

/// What tokens a provider of a pool is asked about.
#[derive(Clone)]
#[allow(missing_debug_implementations)]
pub struct Terms<'a> {
    pub issuer: Issuer,
    /// Of everybody who has a token.
    pub everybody: &'a Reading,
    /// The claim that an attribute of the pool holds; the same name where it is not known.
    pub claim: &'a dyn Fn(&str) -> Option<String>,
}

/// Levels of brackets that are read.
const MAX_DEPTH: usize = 16;

/// Whom an expression lets in.
pub fn read(expression: &str, terms: &Terms<'_>) -> Reading {
    any_of(expression, terms, 0)
}

/// One alternative suffices: the widest counts.
fn any_of(expression: &str, terms: &Terms<'_>, depth: usize) -> Reading {
    let parts = split(expression, "||");
    let readings = parts.into_iter().map(|part| all_of(part, terms, depth));
    let widest = readings.reduce(|best, next| match (best.width, next.width) {
        (Some(known), Some(other)) if other <= known => best,
        (Some(known), None) if known >= Width::Organization => best,
        _ => next,
    });
    widest.unwrap_or_else(unknown)
}

/// All have to hold: the narrowest counts.
fn all_of(expression: &str, terms: &Terms<'_>, depth: usize) -> Reading {
    let rank = |reading: &Reading| match reading.width {
        Some(width) if width <= Width::Whole => (0, Some(width)),
        None => (1, None),
        width => (2, width),
    };
    let parts = split(expression, "&&");
    let readings = parts.into_iter().map(|part| one(part.trim(), terms, depth));
    readings.reduce(|best, next| if rank(&next) < rank(&best) { next } else { best }).unwrap_or_else(unknown)
}

fn one(expression: &str, terms: &Terms<'_>, depth: usize) -> Reading {
    if let Some(inner) = bracketed(expression) {
        return if depth < MAX_DEPTH { any_of(inner, terms, depth + 1) } else { unknown() };
    }
    if expression == "true" || expression.starts_with('!') || expression.contains("!=") {
        return terms.everybody.clone();
    }
    for (operator, before, after) in
        [("==", "", ""), (".startsWith(", "", "*"), (".endsWith(", "*", ""), (".contains(", "*", "*")]
    {
        let Some((left, right)) = expression.split_once(operator) else { continue };
        let (left, right) = (left.trim(), right.trim().trim_end_matches(')'));
        let (subject, literal) = match (quoted(left), quoted(right)) {
            (None, Some(literal)) => (left, literal),
            (Some(literal), None) => (right, literal),
            _ => return unknown(),
        };
        return claim(subject, before, literal, after, terms);
    }
    if let Some((left, right)) = expression.split_once(" in ")
        && let Some(list) = right.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']'))
    {
        let items = list.split(',').map(str::trim).filter(|item| !item.is_empty());
        let readings = items.map(|item| match quoted(item) {
            Some(literal) => claim(left.trim(), "", literal, "", terms),
            None => unknown(),
        });
        return readings.max_by_key(|reading| reading.width).unwrap_or_else(unknown);
    }
    unknown()
}

fn claim(subject: &str, before: &str, literal: &str, after: &str, terms: &Terms<'_>) -> Reading {
    let name = match subject.strip_prefix("assertion") {
        Some(rest) => Some(rest.trim_matches(|c: char| "[]'\".".contains(c)).to_string()),
        None => (terms.claim)(subject),
    };
    let Some(name) = name.filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)))
    else {
        return unknown();
    };
    if !tells_apart(terms.issuer, &name) {
        return terms.everybody.clone();
    }
    let builder = Pattern::builder(Syntax::Glob).text(before);
    let pattern = match before.is_empty() && after.is_empty() {
        true => Pattern::literal(literal),
        false => builder.piece(crate::iam::Piece::Text(literal.into())).text(after).build(),
    };
    read_claim(terms.issuer, &name, &pattern)
}

fn unknown() -> Reading {
    Reading { width: None, described: "tokens that meet a condition".to_string() }
}

fn quoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| *c == '\'' || *c == '"')?;
    text[1..].strip_suffix(quote).filter(|inner| !inner.contains(quote))
}

/// What is in brackets that go around all of it.
fn bracketed(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?;
    let mut depth = 0_usize;
    for (_, c) in outside_quotes(inner) {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    Some(inner)
}

/// The parts between an operator, where it is neither in brackets nor in quotes.
fn split<'t>(text: &'t str, operator: &str) -> Vec<&'t str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, c) in outside_quotes(text) {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 && at >= start && text[at..].starts_with(operator) => {
                parts.push(&text[start..at]);
                start = at + operator.len();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn outside_quotes(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut quote: Option<char> = None;
    text.char_indices().filter(move |(_, c)| match quote {
        Some(open) => {
            if *c == open {
                quote = None;
            }
            false
        }
        None if *c == '\'' || *c == '"' => {
            quote = Some(*c);
            false
        }
        None => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_by_meaning() {
        use Width::*;
        let everybody = Reading { width: Some(Anyone), described: String::new() };
        let claim =
            |name: &str| name.strip_prefix("attribute.").map(str::to_string).or(Some("sub".to_string()));
        let terms = Terms { issuer: Issuer::GitHub, everybody: &everybody, claim: &claim };
        for (text, expected) in [
            ("true", Some(Anyone)),
            ("assertion.repository_owner == 'acme'", Some(Organization)),
            ("'acme' == assertion['repository_owner']", Some(Organization)),
            ("assertion.repository_owner_id == \"123\"", Some(Organization)),
            ("attribute.repository == 'acme/app'", Some(One)),
            ("assertion.repository == 'acme/app' && assertion.ref == 'refs/heads/main'", Some(One)),
            ("assertion.ref == 'refs/heads/main'", Some(Anyone)),
            ("assertion.event_name == 'push'", Some(Anyone)),
            ("assertion.repository_owner != 'evil'", Some(Anyone)),
            ("(assertion.repository_owner == 'acme') || assertion.ref == 'refs/heads/main'", Some(Anyone)),
            ("(assertion.repository == 'acme/a' || assertion.repository == 'acme/b')", Some(One)),
            ("assertion.repository in ['acme/a', 'acme/b']", Some(One)),
            ("assertion.repository_owner in [\"acme\", 'x']", Some(Organization)),
            ("assertion.repository.startsWith('acme/')", Some(Organization)),
            ("assertion.repository.startsWith('acme')", Some(Prefix)),
            ("assertion.repository.contains('acme')", Some(Anyone)),
            ("google.subject.startsWith('repo:acme/app:')", Some(Whole)),
            ("assertion.repository.matches('^acme/.*$')", None),
            ("assertion.aud == 'x'", Some(Anyone)),
            ("", None),
        ] {
            assert_eq!(read(text, &terms).width, expected, "{text}");
        }
    }
}
