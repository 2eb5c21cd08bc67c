//! What resources were called before: `moved` blocks.
//! Source: Terraform documentation, "Refactor modules", moved blocks.

use crate::syntax::Parsed;
use crate::syntax::ast::{Body, Expr, ExprKind, StepKind};
use std::collections::HashMap;

/// Longest chain of renames that is followed, so that a circle of them ends.
const MAX_CHAIN: usize = 16;

/// Former addresses by newer ones, as they are written within their module.
#[derive(Clone, Debug, Default)]
pub struct Moves {
    from: HashMap<String, Vec<String>>,
}

impl Moves {
    pub fn of(parsed: &[Parsed]) -> Self {
        let mut moves = Moves::default();
        let blocks = parsed.iter().flat_map(|parsed| &parsed.body.blocks);
        for block in blocks.filter(|block| &*block.kind == "moved") {
            if let (Some(from), Some(to)) = (end(&block.body, "from"), end(&block.body, "to")) {
                moves.from.entry(to).or_default().push(from);
            }
        }
        moves
    }

    /// What an address was before, newest first. Which module a block is in is left open: what never was is not
    /// looked for by anybody.
    pub fn former(&self, address: &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        if self.from.is_empty() {
            return found;
        }
        let mut newest = vec![address.to_owned()];
        for _ in 0..MAX_CHAIN {
            let older: Vec<String> = newest.iter().flat_map(|address| self.step(address)).collect();
            newest = older.into_iter().filter(|it| it != address && !found.contains(it)).collect();
            if newest.is_empty() {
                break;
            }
            found.extend(newest.iter().cloned());
        }
        found
    }

    fn step(&self, address: &str) -> Vec<String> {
        let mut found = Vec::new();
        let cuts = cuts(address);
        // From each module of the path on, the longest part first that has another name.
        for start in [0].into_iter().chain(cuts.iter().copied().filter(|at| address[*at..].starts_with('.')))
        {
            let inner = if start == 0 { 0 } else { start + 1 };
            for end in cuts.iter().copied().chain([address.len()]).filter(|end| *end > inner) {
                for former in self.from.get(&address[inner..end]).into_iter().flatten() {
                    found.push(format!("{}{former}{}", &address[..inner], &address[end..]));
                }
            }
        }
        found
    }
}

/// Offsets of the dots and opening brackets of an address, but for those in quotes.
fn cuts(address: &str) -> Vec<usize> {
    let mut quoted = false;
    let mut found = Vec::new();
    for (at, byte) in address.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'.' | b'[' if !quoted => found.push(at),
            _ => {}
        }
    }
    found
}

/// The address that an argument is.
fn end(body: &Body, name: &str) -> Option<String> {
    let attribute = body.attributes.iter().find(|attribute| &*attribute.name == name)?;
    address(&attribute.expr)
}

fn address(expr: &Expr) -> Option<String> {
    match &expr.kind {
        // In JSON an address is a string.
        ExprKind::Variable(text) | ExprKind::String(text) => Some(text.to_string()),
        ExprKind::Traversal(start, steps) => {
            steps.iter().try_fold(address(start)?, |text, step| Some(text + &written(&step.kind)?))
        }
        _ => None,
    }
}

fn written(step: &StepKind) -> Option<String> {
    match step {
        StepKind::Attribute(name) => Some(format!(".{name}")),
        StepKind::Index(key) => match &key.kind {
            ExprKind::String(key) => Some(format!("[\"{key}\"]")),
            ExprKind::Number(key) => Some(format!("[{key}]")),
            _ => None,
        },
        StepKind::Splat | StepKind::AttributeSplat => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves(pairs: &[(&str, &str)]) -> Moves {
        let mut moves = Moves::default();
        for (from, to) in pairs {
            moves.from.entry((*to).to_owned()).or_default().push((*from).to_owned());
        }
        moves
    }

    #[test]
    fn addresses_are_traced_back_through_modules_instances_and_chains() {
        let moves = moves(&[
            ("aws_iam_user.a", "aws_iam_user.b"),
            ("aws_iam_user.b", "aws_iam_user.c"),
            ("module.old", "module.new"),
            ("aws_iam_role.x", "aws_iam_role.y[\"a.b\"]"),
        ]);
        assert_eq!(moves.former("aws_iam_user.c"), ["aws_iam_user.b", "aws_iam_user.a"]);
        assert_eq!(moves.former("aws_iam_user.b[0]"), ["aws_iam_user.a[0]"]);
        assert!(moves.former("module.new.aws_iam_user.b").contains(&"module.old.aws_iam_user.a".to_owned()));
        assert_eq!(moves.former("module.m.aws_iam_role.y[\"a.b\"]"), ["module.m.aws_iam_role.x"]);
        assert!(moves.former("aws_iam_user.bb").is_empty());
    }

    #[test]
    fn a_circle_ends() {
        let moves = moves(&[("a.a", "b.b"), ("b.b", "a.a")]);
        assert_eq!(moves.former("a.a"), ["b.b"]);
    }
}
