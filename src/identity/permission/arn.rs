//! Whether an element of a policy takes in a declared resource, of which the name may be known and the account and
//! region are not.

use super::account::Account;
use crate::eval::value::ResourceId;
use crate::iam::aws::catalogue;
use crate::iam::pattern::Element;
use crate::iam::{Pattern, Piece, Syntax, Tri};
use crate::identity::policy::Tag;

/// What is asked about.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// One resource.
    One(&'a Entity),
    /// Every resource of a kind.
    Every(&'a Kind),
    /// Whatever an element names, such as a resource that is yet to be made.
    Like(&'a Element<Tag>),
    /// The account: the action takes no resource.
    Account,
}

/// A resource by its ARN as far as that is known.
#[derive(Clone, Debug)]
pub struct Entity {
    pub resource: Option<ResourceId>,
    pub service: &'static str,
    /// What follows the account: `role/ci`.
    pub path: Pattern,
    pub account: Account,
}

/// All resources of a kind: `iam` and `role/*`.
#[derive(Clone, Debug)]
pub struct Kind {
    pub service: &'static str,
    pub path: Pattern,
}

impl Kind {
    pub fn new(service: &'static str, start: &str) -> Kind {
        Kind { service, path: Pattern::parse(&format!("{start}*")) }
    }
}

/// An ARN pattern cut at its colons. Parts behind an open end are missing.
struct Parts {
    parts: Vec<Pattern>,
    /// It ends in a star, which takes in what is missing.
    open: bool,
}

impl Parts {
    fn of(pattern: &Pattern) -> Parts {
        let parts = pattern.arn_parts();
        let open = parts.last().is_some_and(|last| last.pieces().last() == Some(&Piece::Star));
        Parts { parts, open }
    }

    /// How a part compares: by `test` where it is there, and as the star where it is not.
    fn part(&self, at: usize, test: impl Fn(&Pattern) -> Tri) -> Tri {
        let last = at + 1 == self.parts.len() && at < 5;
        match self.parts.get(at) {
            // The star of `arn:aws:iam::*` takes in the account and what follows.
            Some(part) if last && self.open => match part.is_any() {
                true => Tri::Yes,
                false => test(part),
            },
            Some(part) => test(part),
            None => self.open.into(),
        }
    }
}

/// Whether an element takes in the target. `fill` puts values in place of policy variables.
pub(super) fn takes_in(
    element: &Element<Tag>,
    target: Target<'_>,
    here: &Account,
    fill: &dyn Fn(&Pattern) -> Option<Pattern>,
) -> Tri {
    let filled = fill(&element.pattern);
    let pattern = filled.as_ref().unwrap_or(&element.pattern);
    if pattern.is_any() {
        return Tri::Yes;
    }
    match target {
        Target::Like(wanted) => match (wanted.at.of, element.at.of) {
            (None, None) if wanted.pattern.is_unknown() => Tri::Maybe,
            (one, other) if one == other && wanted.pattern == element.pattern => Tri::Yes,
            (None, None) => pattern.covers(&wanted.pattern),
            _ => Tri::No,
        },
        Target::Account => pattern.matches("*"),
        Target::One(entity) => match element.at.of {
            Some(of) if Some(of) == entity.resource => remainder(pattern),
            Some(_) => Tri::No,
            None if pattern.is_unknown() => Tri::Maybe,
            None => by_parts(pattern, entity.service, &entity.path, entity.account.or(here)),
        },
        Target::Every(_) if element.at.of.is_some() => Tri::No,
        Target::Every(kind) => match by_parts(pattern, kind.service, &kind.path, here) {
            // An element with a hole may stand for all, but nobody who means all writes one.
            Tri::Maybe => Tri::No,
            answer => answer,
        },
    }
}

/// What follows a reference: nothing, or a qualifier that takes in the resource itself.
fn remainder(pattern: &Pattern) -> Tri {
    let rest = &pattern.pieces()[1.min(pattern.pieces().len())..];
    match rest {
        [] => Tri::Yes,
        [Piece::Star] => Tri::Yes,
        [Piece::Text(text), ..] if text.starts_with([':', '/']) => Tri::No,
        _ => Tri::Maybe,
    }
}

fn by_parts(pattern: &Pattern, service: &str, path: &Pattern, account: &Account) -> Tri {
    let parts = Parts::of(pattern);
    if parts.parts.len() < 6 && !parts.open {
        return if pattern.has_hole() { Tri::Maybe } else { Tri::No };
    }
    let whole = |text: &str| {
        let text = text.to_string();
        move |part: &Pattern| part.matches(&text)
    };
    // Holes stand for the partition, region and account that the code is applied in.
    let place = |part: &Pattern| match part.pieces() {
        [Piece::Hole] => Tri::Yes,
        _ => Tri::No,
    };
    let region = |part: &Pattern| place(part).or((part.as_text() != Some("") || service == "iam").into());
    let own = |part: &Pattern| place(part).or(account.answers(part));
    let answers = [
        parts.part(0, whole("arn")),
        parts.part(1, |part| place(part).or(is_partition(part))),
        parts.part(2, whole(service)),
        parts.part(3, region),
        parts.part(4, own),
        parts.part(5, |part| part.covers(path)),
    ];
    Tri::all(answers)
}

fn is_partition(part: &Pattern) -> Tri {
    Tri::any(["aws", "aws-cn", "aws-us-gov"].map(|partition| part.matches(partition)))
}

/// Whether an element may name a resource that the action is about.
pub fn suits(element: &Element<Tag>, action: &str) -> bool {
    let pattern = &element.pattern;
    // Whoever names a declared resource means one that the action is about.
    if pattern.is_any() || element.at.of.is_some() {
        return true;
    }
    let parts = Parts::of(pattern);
    let Some((service, found)) =
        catalogue().find(action).map(|id| (catalogue().service_of(id), catalogue().action(id)))
    else {
        return false;
    };
    let start = |pattern: &Pattern| pattern.prefix().to_string();
    let named = parts.parts.get(5).map(start).unwrap_or_default();
    service.types_of(found).any(|kind| {
        let kind = Parts::of(&Pattern::parse(&kind.arn));
        let of = kind.parts.get(2).and_then(Pattern::as_text).unwrap_or(service.prefix);
        let usual = kind.parts.get(5).map(start).unwrap_or_default();
        let same_service = parts.part(2, |part| part.matches(of)).is_possible();
        same_service && (usual.starts_with(&named) || named.starts_with(&usual))
    })
}

/// Puts a name in place of a policy variable.
pub(super) fn replace(pattern: &Pattern, variable: &str, by: &Pattern) -> Pattern {
    let builder =
        pattern.pieces().iter().fold(Pattern::builder(Syntax::Literal), |builder, piece| match piece {
            Piece::Variable(name) if name.eq_ignore_ascii_case(variable) => {
                by.pieces().iter().cloned().fold(builder, |builder, piece| builder.piece(piece))
            }
            piece => builder.piece(piece.clone()),
        });
    builder.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(pattern: &str, target: Target<'_>) -> Tri {
        let element = Element::new(Pattern::parse(pattern), Tag::default());
        takes_in(&element, target, &Account::default(), &|_| None)
    }

    #[test]
    fn elements_take_in_resources_by_name() {
        let role = Entity {
            resource: None,
            service: "iam",
            path: Pattern::literal("role/app/ci"),
            account: Account::default(),
        };
        for (pattern, expected) in [
            ("*", Tri::Yes),
            ("arn:aws:iam::123456789012:role/app/ci", Tri::Yes),
            ("arn:aws:iam::123456789012:role/app/*", Tri::Yes),
            ("arn:aws:iam::*:role/*", Tri::Yes),
            ("arn:*:iam::*:*", Tri::Yes),
            ("arn:aws:iam::*", Tri::Yes),
            ("arn:aws:iam::123456789012:role/ci", Tri::No),
            ("arn:aws:iam::123456789012:user/*", Tri::No),
            ("arn:aws:s3:::*", Tri::No),
            ("role/app/ci", Tri::No),
        ] {
            assert_eq!(answer(pattern, Target::One(&role)), expected, "{pattern}");
        }
    }

    #[test]
    fn only_a_whole_kind_is_every_one() {
        let roles = Kind::new("iam", "role/");
        for (pattern, expected) in [
            ("*", Tri::Yes),
            ("arn:aws:iam::123456789012:role/*", Tri::Yes),
            ("arn:aws:iam::*:*", Tri::Yes),
            ("arn:aws:iam::123456789012:role/app-*", Tri::No),
            ("arn:aws:iam::123456789012:role/${aws:username}", Tri::No),
            ("arn:aws:lambda:*:*:*", Tri::No),
        ] {
            assert_eq!(answer(pattern, Target::Every(&roles)), expected, "{pattern}");
        }
    }

    #[test]
    fn an_element_for_something_else_does_not_suit_an_action() {
        for (pattern, action, expected) in [
            ("*", "lambda:CreateFunction", true),
            ("arn:aws:lambda:eu-west-1:123456789012:function:*", "lambda:CreateFunction", true),
            ("arn:aws:lambda:eu-west-1:123456789012:layer:*", "lambda:CreateFunction", false),
            ("arn:aws:s3:::*", "lambda:CreateFunction", false),
            ("arn:aws:iam::123456789012:role/app-*", "iam:PassRole", true),
        ] {
            let element = Element::new(Pattern::parse(pattern), Tag::default());
            assert_eq!(suits(&element, action), expected, "{pattern} {action}");
        }
    }
}
