use super::{Capability, Grant, Path};
use std::iter::Peekable;
use std::ops::Range;

/// Stands in a policy text for a part that is not known.
pub const HOLE: char = '\u{fffc}';

/// Reads a policy in its HCL or JSON form. What does not look like a path with capabilities is passed over.
pub fn parse(text: &str) -> Vec<Grant> {
    if text.trim_start().starts_with('{') {
        return parse_json(text);
    }
    let mut tokens = Tokens { text, at: 0 }.peekable();
    let mut grants = Vec::new();
    while let Some(token) = tokens.next() {
        if token.kind != Kind::Word || &text[token.span.clone()] != "path" {
            continue;
        }
        let Some(path) = tokens.next_if(|token| token.kind == Kind::String) else { continue };
        if tokens.next_if(|token| token.kind == Kind::Mark('{')).is_some() {
            grants.push(Grant {
                path: Path::parse(&text[path.span.clone()]),
                capabilities: body(text, &mut tokens),
                span: path.span,
            });
        }
    }
    grants
}

fn parse_json(text: &str) -> Vec<Grant> {
    let value: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let Some(paths) = value.get("path").and_then(|paths| paths.as_object()) else { return Vec::new() };
    let grant = |(path, body): (&String, &serde_json::Value)| {
        let listed = body.get("capabilities").and_then(|list| list.as_array());
        let names = listed.into_iter().flatten().filter_map(|name| name.as_str());
        Grant::new(path, names.map(str::to_owned))
    };
    paths.iter().map(grant).collect()
}

/// Reads up to the closing brace of a path.
fn body(text: &str, tokens: &mut Peekable<Tokens<'_>>) -> Vec<Capability> {
    let mut capabilities = Vec::new();
    let mut depth = 1;
    while let Some(token) = tokens.next() {
        match token.kind {
            Kind::Mark('{') => depth += 1,
            Kind::Mark('}') => depth -= 1,
            Kind::Word | Kind::String if depth == 1 => {
                let name = &text[token.span];
                if tokens.next_if(|token| token.kind == Kind::Mark('=')).is_none() {
                    continue;
                }
                match name {
                    "capabilities" => capabilities.extend(strings(text, tokens)),
                    "policy" => capabilities.extend(strings(text, tokens).iter().flat_map(legacy)),
                    _ => {}
                }
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    capabilities
}

/// A string, or a list of them.
fn strings(text: &str, tokens: &mut Peekable<Tokens<'_>>) -> Vec<Capability> {
    let is_string = |token: &Token| token.kind == Kind::String;
    let capability =
        |token: Token| Capability { name: text[token.span.clone()].to_owned(), span: token.span };
    if tokens.next_if(|token| token.kind == Kind::Mark('[')).is_none() {
        return tokens.next_if(is_string).map(capability).into_iter().collect();
    }
    let mut list = Vec::new();
    while let Some(token) = tokens.next_if(|token| !matches!(token.kind, Kind::Mark(']' | '{' | '}'))) {
        if is_string(&token) {
            list.push(capability(token));
        }
    }
    list
}

/// What the one word meant that Vault took before it had capabilities, and still takes.
fn legacy(policy: &Capability) -> Vec<Capability> {
    let names: &[&str] = match policy.name.as_str() {
        "read" => &["read", "list"],
        "write" => &["create", "read", "update", "delete", "list"],
        "sudo" => &["create", "read", "update", "delete", "list", "sudo"],
        _ => &["deny"],
    };
    names.iter().map(|name| Capability { name: (*name).to_owned(), span: policy.span.clone() }).collect()
}

#[derive(Clone, Debug, PartialEq)]
struct Token {
    kind: Kind,
    /// For strings, what is between the quotes.
    span: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Word,
    String,
    Mark(char),
}

struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip();
        let start = self.at;
        let rest = &self.text[start..];
        let first = rest.chars().next()?;
        if first == '"' {
            let length = string_length(&rest[1..]);
            self.at = (start + length + 2).min(self.text.len());
            return Some(Token { kind: Kind::String, span: start + 1..start + 1 + length });
        }
        let is_word = |char: char| char.is_alphanumeric() || char == '_' || char == '-';
        if is_word(first) {
            let length = rest.find(|char| !is_word(char)).unwrap_or(rest.len());
            self.at = start + length;
            return Some(Token { kind: Kind::Word, span: start..self.at });
        }
        self.at = start + first.len_utf8();
        Some(Token { kind: Kind::Mark(first), span: start..self.at })
    }
}

impl Tokens<'_> {
    /// Passes over white space and comments.
    fn skip(&mut self) {
        loop {
            let rest = &self.text[self.at..];
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if trimmed.starts_with('#') || trimmed.starts_with("//") {
                self.at += trimmed.find('\n').unwrap_or(trimmed.len());
            } else if trimmed.starts_with("/*") {
                self.at += trimmed.find("*/").map_or(trimmed.len(), |end| end + 2);
            } else {
                return;
            }
        }
    }
}

/// How far it is to the closing quote, or to the end of the line if there is none.
fn string_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, char) in rest.char_indices() {
        match char {
            '"' | '\n' if !escaped => return at,
            _ => escaped = char == '\\' && !escaped,
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_paths_with_their_places() {
        let text = "# all\npath \"kv/*\" {\n  /* { */ capabilities = [\"read\", # \"sudo\"\n \"list\",]\n  \
                    allowed_parameters = { \"*\" = [] }\n}\n path \"x\" { policy = \"write\" }";
        let grants = parse(text);
        assert_eq!(grants.len(), 2);
        assert_eq!(&text[grants[0].span.clone()], "kv/*");
        let names: Vec<_> = grants[0].capabilities.iter().map(|it| &text[it.span.clone()]).collect();
        assert_eq!(names, ["read", "list"]);
        assert!(grants[1].can_write());
    }

    #[test]
    fn reads_json() {
        let grants = parse(r#" {"path": {"*": {"capabilities": ["sudo", "update"]}}}"#);
        assert!(grants[0].path.is_everything() && grants[0].can("sudo"));
        assert_eq!(parse("{").len() + parse("path \"").len() + parse("path \"a\" {").len(), 1);
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in "(path|[ \"{}=\\[\\]#/*+\u{fffc}\\\\\n]|capabilities|sudo|\\PC){0,40}") {
            let grants = parse(&text);
            for grant in grants {
                prop_assert!(text.get(grant.span.clone()).is_some());
                let _ = grant.path.matches("sys/policy/x");
            }
        }
    }
}
