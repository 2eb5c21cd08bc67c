//! Vault: policies in its HCL or JSON form, and what their paths amount to.

mod parse;

pub use parse::{HOLE, parse};

use super::{Pattern, Piece, Syntax, Tri, Verdict};
use std::ops::Range;

/// The capabilities that a policy gives on a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    pub path: Path,
    pub capabilities: Vec<Capability>,
    /// The path in the policy text, without quotes. Empty where there is none, as in JSON.
    pub span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    /// `read`, `sudo`, `deny`.
    pub name: String,
    pub span: Range<usize>,
}

/// A path as Vault reads it: `*` at the end takes everything, and `+` one segment. Holes and templates
/// (`{{identity.entity.id}}`) may stand anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    segments: Vec<Pattern>,
    /// It ends in `*`.
    open: bool,
}

/// What a policy amounts to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    pub verdict: Verdict,
    /// The indices of the grants that bring it about.
    pub responsible: Vec<usize>,
}

/// A path of each kind with which one can widen one's own policies.
const SELF_GRANTS: [&str; 2] = ["sys/policies/acl/x", "sys/policy/x"];

impl Path {
    /// Reads a path in which [`HOLE`] stands for what is not known.
    pub fn parse(text: &str) -> Path {
        let text = text.trim_start_matches('/');
        let (text, open) = match text.strip_suffix('*') {
            Some(text) => (text, true),
            None => (text, false),
        };
        Path { segments: text.split('/').map(segment).collect(), open }
    }

    /// Everything in Vault.
    pub fn is_everything(&self) -> bool {
        self.open && self.segments == [Pattern::default()]
    }

    pub fn matches(&self, path: &str) -> Tri {
        let mut given = path.split('/');
        let last = self.segments.len() - 1;
        let mut result = Tri::Yes;
        for (at, segment) in self.segments.iter().enumerate() {
            let Some(text) = given.next() else { return self.spanning_hole().and(result) };
            let answer = match self.open && at == last {
                true => starts_with(segment, text),
                false => segment.matches(text),
            };
            result = result.and(answer).max(self.spanning_hole());
            if result.is_no() {
                return Tri::No;
            }
        }
        match given.next() {
            Some(_) if !self.open => self.spanning_hole().and(result),
            _ => result,
        }
    }

    /// A hole may stand for several segments, so that counting them proves nothing.
    fn spanning_hole(&self) -> Tri {
        if self.segments.iter().any(Pattern::has_hole) { Tri::Maybe } else { Tri::No }
    }
}

impl Grant {
    pub fn new(path: &str, capabilities: impl IntoIterator<Item = String>) -> Grant {
        let capabilities = capabilities.into_iter().map(|name| Capability { name, span: 0..0 }).collect();
        Grant { path: Path::parse(path), capabilities, span: 0..0 }
    }

    pub fn can(&self, capability: &str) -> bool {
        !self.is_denied() && self.capabilities.iter().any(|it| it.name == capability)
    }

    /// `deny` goes before all other capabilities of the path.
    pub fn is_denied(&self) -> bool {
        self.capabilities.iter().any(|it| it.name == "deny")
    }

    pub fn can_write(&self) -> bool {
        ["create", "update", "patch", "delete"].iter().any(|it| self.can(it))
    }
}

/// Judges the grants of one policy, or of several together. Everything with `sudo` is an administrator, and so
/// is who may write policies anywhere; writing everything else is nearly as much.
pub fn judge(grants: &[Grant]) -> Judgement {
    let which = |test: &dyn Fn(&Grant) -> bool| {
        let indices = grants.iter().enumerate().filter(|(_, grant)| test(grant)).map(|(at, _)| at);
        indices.collect::<Vec<_>>()
    };
    let root = which(&|grant| grant.path.is_everything() && grant.can("sudo") && grant.can_write());
    let policies = which(&|grant| {
        let own = SELF_GRANTS.iter().any(|path| grant.path.matches(path).is_yes());
        own && !grant.path.is_everything() && (grant.can("create") || grant.can("update"))
    });
    let write = which(&|grant| grant.path.is_everything() && grant.can_write());
    let (verdict, responsible) = match (root.is_empty(), policies.is_empty(), write.is_empty()) {
        (false, _, _) => (Verdict::Admin, root),
        (_, false, _) => (Verdict::Admin, policies),
        (_, _, false) => (Verdict::Power, write),
        _ => (Verdict::None, Vec::new()),
    };
    Judgement { verdict, responsible }
}

fn segment(text: &str) -> Pattern {
    if text == "+" {
        return Pattern::parse("*");
    }
    let mut builder = Pattern::builder(Syntax::Literal);
    let mut rest = text;
    while let Some(at) = rest.find([HOLE, '{']) {
        builder = builder.piece(Piece::Text(rest[..at].into()));
        rest = &rest[at..];
        let template = rest.strip_prefix("{{").and_then(|body| body.split_once("}}"));
        rest = match template {
            Some((name, after)) => {
                builder = builder.piece(Piece::Variable(name.trim().into()));
                after
            }
            None if rest.starts_with(HOLE) => {
                builder = builder.hole();
                &rest[HOLE.len_utf8()..]
            }
            None => {
                builder = builder.piece(Piece::Text("{".into()));
                &rest[1..]
            }
        };
    }
    builder.piece(Piece::Text(rest.into())).build()
}

fn starts_with(segment: &Pattern, text: &str) -> Tri {
    let open = segment.pieces().iter().cloned().chain([Piece::Star]);
    open.fold(Pattern::builder(Syntax::Literal), |builder, piece| builder.piece(piece)).build().matches(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(text: &str) -> Verdict {
        judge(&parse(text)).verdict
    }

    #[test]
    fn verdicts() {
        let all = r#"path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }"#;
        assert_eq!(verdict(all), Verdict::Admin);
        assert_eq!(verdict(r#"path "*" { capabilities = ["create", "update"] }"#), Verdict::Power);
        assert_eq!(verdict(r#"path "*" { capabilities = ["read", "sudo"] }"#), Verdict::None);
        assert_eq!(verdict(r#"path "*" { capabilities = ["deny", "update", "sudo"] }"#), Verdict::None);
        assert_eq!(verdict(r#"path "sys/policies/*" { capabilities = ["update"] }"#), Verdict::Admin);
        assert_eq!(verdict(r#"path "sys/policies/acl/+" { capabilities = ["create"] }"#), Verdict::Admin);
        assert_eq!(verdict(r#"path "sys/policies/acl/app" { capabilities = ["create"] }"#), Verdict::None);
        assert_eq!(verdict(r#"path "secret/*" { capabilities = ["create"] }"#), Verdict::None);
        assert_eq!(verdict(r#"path "*" { policy = "sudo" }"#), Verdict::Admin);
    }

    #[test]
    fn paths() {
        let matches = |path: &str, text: &str| Path::parse(path).matches(text);
        assert_eq!(matches("secret/*", "secret/a/b"), Tri::Yes);
        assert_eq!(matches("secret/a*", "secret/ab/c"), Tri::Yes);
        assert_eq!(matches("secret/a*", "secret/b"), Tri::No);
        assert_eq!(matches("secret/+/b", "secret/a/b"), Tri::Yes);
        assert_eq!(matches("secret/+/b", "secret/a/c/b"), Tri::No);
        assert_eq!(matches("secret/*b", "secret/ab"), Tri::No);
        assert_eq!(matches("secret/{{identity.entity.id}}", "secret/a"), Tri::Maybe);
        assert_eq!(matches("secret/{{identity.entity.id}}", "other/a"), Tri::No);
        assert_eq!(matches("secret", "secret/a"), Tri::No);
        assert_eq!(matches(&format!("{HOLE}/data"), "kv/app/data"), Tri::Maybe);
    }
}
