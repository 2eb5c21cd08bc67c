//! Edits of AWS policy statements, in each notation that they are written in: blocks of
//! `aws_iam_policy_document`, objects in `jsonencode`, and JSON in heredocs and files.
//!
//! A statement in a string with escaped quotes is left alone, and so is whatever is made by `dynamic`, `for` or a
//! function.

mod add;
mod scan;

pub(super) use scan::{Object, end_of};

use super::Context;
use crate::diagnostic::Edit;
use crate::eval::value::{ResourceId, Value};
use crate::eval::{InstanceKey, Resource, ResourceMode};
use crate::source::{SourceFile, Span};
use add::Node;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

/// What a policy says in place of a literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    Text(String),
    /// An expression: `aws_iam_role.x.arn`.
    Reference(String),
    /// A text with templates: `${aws_s3_bucket.x.arn}/*`.
    Template(String),
}

impl Term {
    pub fn text(text: impl Into<String>) -> Term {
        Term::Text(text.into())
    }

    fn is_literal(&self) -> bool {
        matches!(self, Term::Text(_))
    }

    /// As it is written in HCL.
    pub fn in_hcl(&self) -> String {
        match self {
            Term::Text(text) => quoted(text),
            Term::Reference(expression) => expression.clone(),
            Term::Template(text) => format!("\"{text}\""),
        }
    }

    /// As it is written in JSON within a template.
    fn in_template(&self) -> String {
        match self {
            Term::Text(_) | Term::Template(_) => self.in_hcl(),
            Term::Reference(expression) => format!("\"${{{expression}}}\""),
        }
    }
}

/// What a statement should ask for as well: all keys with the same operator.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    pub operator: &'static str,
    /// Keys as they are written between quotes, templates included: `${local.issuer}:sub`.
    pub keys: Vec<(String, Vec<Term>)>,
}

impl Demand {
    pub fn one(operator: &'static str, key: impl Into<String>, value: Term) -> Demand {
        Demand { operator, keys: vec![(key.into(), vec![value])] }
    }

    fn is_literal(&self) -> bool {
        self.keys.iter().all(|(key, values)| !key.contains("${") && values.iter().all(Term::is_literal))
    }
}

/// A statement where it is written.
pub(super) struct Place {
    file: Arc<SourceFile>,
    span: Span,
    notation: Notation,
    /// The resource or data source in which it is written.
    owner: Option<ResourceId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notation {
    Block,
    /// An object of HCL.
    Object,
    /// JSON in a heredoc, in which templates hold.
    Template,
    /// JSON in a file of its own.
    File,
}

impl Place {
    /// `root` is what a rule knows as the place of a statement: an object, or the first line of a block.
    pub fn of(cx: &Context<'_>, root: Span) -> Option<Place> {
        let file = cx.shared.sources.find(root.file)?.clone();
        if file.path.ends_with(".tf.json") {
            return None;
        }
        let text = file.text.get(root.range())?;
        if text.starts_with('{') {
            // In a heredoc the span of an object may end with its first line.
            let end = end_of(&file.text, root.start as usize)?;
            let root = Span::new(root.file, root.start as usize, end.max(root.end as usize));
            let text = file.text.get(root.range())?;
            let is_code = file.path.ends_with(".tf");
            let json = Object::read(text)?.is_json();
            let notation = match (is_code, is_code && in_heredoc(&file.text, root.start as usize)) {
                (true, false) => Notation::Object,
                (true, true) if json => Notation::Template,
                (false, _) if json && file.path.ends_with(".json") => Notation::File,
                _ => return None,
            };
            let owner = owner(cx, &file, root);
            return Some(Place { file, span: root, notation, owner });
        }
        let data = cx.model.of_kind("aws_iam_policy_document").filter(|it| it.span().file == root.file);
        let mut blocks =
            data.flat_map(|it| it.body.blocks.iter().map(move |(name, block)| (it.id, name, block)));
        let (owner, _, block) =
            blocks.find(|(_, name, block)| &***name == "statement" && block.header == Some(root))?;
        let span = block.span?;
        // Of one made by `dynamic`, the text is that of all.
        let plain = file.path.ends_with(".tf") && file.text.get(span.range())?.starts_with("statement");
        plain.then_some(Place { file, span, notation: Notation::Block, owner: Some(owner) })
    }

    /// Resources that the text can refer to without a circle.
    pub fn within_reach<'m>(&self, cx: &Context<'m>, kind: &str) -> Vec<&'m Resource> {
        // Who uses what is written outside of resources is not known.
        let (Some(owner), false) = (self.owner, self.notation == Notation::File) else { return Vec::new() };
        let found = within_reach(cx, &self.file, kind);
        if would_circle(cx, &found, owner) { Vec::new() } else { found }
    }

    /// A reference to the only one of its kind, with an attribute of it.
    pub fn sole(&self, cx: &Context<'_>, kind: &str, attribute: &str) -> Option<Term> {
        match self.within_reach(cx, kind).as_slice() {
            [one] if one.key == InstanceKey::None => {
                Some(Term::Reference(format!("{}.{attribute}", one.local_address())))
            }
            _ => None,
        }
    }

    /// The account of a resource, where the module looks it up.
    pub fn account(&self, cx: &Context<'_>, of: &Resource) -> Option<Term> {
        match self.notation {
            Notation::File => None,
            _ => account(cx, &self.file, of).map(Term::Reference),
        }
    }

    /// The only variable of the module whose name ends in a word.
    pub fn variable(&self, cx: &Context<'_>, word: &str) -> Option<Term> {
        let mut homes = cx.model.project.modules.iter().filter(|module| module.dir == self.file.dir());
        let names = homes.next()?.variables.keys().filter(|name| name.ends_with(word));
        match (names.collect::<Vec<_>>().as_slice(), self.notation) {
            (_, Notation::File) => None,
            ([one], _) => Some(Term::Reference(format!("var.{one}"))),
            _ => None,
        }
    }

    /// A quoted text of the statement that ends in this way, without quotes: the key of another condition.
    pub fn quoted_ending(&self, end: &str) -> Option<String> {
        let text = self.file.text.get(self.span.range())?;
        let closing = text.find(&format!("{end}\""))? + end.len();
        let line = text[..closing].rfind('\n').map_or(0, |at| at + 1);
        let opening = line + text[line..closing].rfind('"')? + 1;
        let found = &text[opening..closing];
        // `"${var.x["a"]}:aud"` has quotes of its own.
        let whole = found.matches("${").count() == found.matches('}').count();
        whole.then(|| found.to_string())
    }

    /// Adds conditions to the statement.
    pub fn demand(&self, demand: &Demand) -> Option<Vec<Edit>> {
        let empty = demand.keys.is_empty() || demand.keys.iter().any(|(_, values)| values.is_empty());
        if empty || self.notation == Notation::File && !demand.is_literal() {
            return None;
        }
        let edit = match self.notation {
            Notation::Block => self.moved(add::block(self.file.text.get(self.span.range())?, demand)?),
            _ => self.condition(demand)?,
        };
        Some(vec![edit])
    }

    fn condition(&self, demand: &Demand) -> Option<Edit> {
        let text = &self.file.text;
        let leaf = |(key, values): &(String, Vec<Term>)| (key.clone(), Node::Leaf(self.scalar(values)));
        let keys: Vec<(String, Node)> = demand.keys.iter().map(leaf).collect();
        let of_operator = |keys| (demand.operator.to_string(), Node::Object(keys));
        let add = |at: Range<usize>, new: &[(String, Node)]| {
            let local = add::entries(text, at, new)?;
            Some(Edit { span: Span::new(self.span.file, local.at.start, local.at.end), text: local.text })
        };
        let whole = self.span.range();
        let Some(condition) = inside(text, &whole, "Condition")? else {
            return add(whole, &[("Condition".to_string(), Node::Object(vec![of_operator(keys)]))]);
        };
        let Some(operator) = inside(text, &condition, demand.operator)? else {
            return add(condition, &[of_operator(keys)]);
        };
        let known = Object::read(text.get(operator.clone())?)?;
        match keys.iter().any(|(key, _)| known.get(key).is_some()) {
            true => None,
            false => add(operator, &keys),
        }
    }

    /// One value stands alone, several in a list.
    fn scalar(&self, values: &[Term]) -> String {
        let written: Vec<String> = values.iter().map(|term| self.term(term)).collect();
        match written.as_slice() {
            [one] => one.clone(),
            _ => format!("[{}]", written.join(", ")),
        }
    }

    fn term(&self, term: &Term) -> String {
        match self.notation {
            Notation::Block | Notation::Object => term.in_hcl(),
            Notation::Template | Notation::File => term.in_template(),
        }
    }

    /// Puts something else in the place of a literal of the statement.
    pub fn replace(&self, value: Span, old: &str, new: &Term) -> Option<Edit> {
        self.replace_by(value, old, std::slice::from_ref(new))
    }

    /// The same with several in its place.
    pub fn replace_by(&self, value: Span, old: &str, new: &[Term]) -> Option<Edit> {
        // The span of a text in JSON is without the quotes.
        let inner = self.file.text.get(value.range())? == old;
        let value = match inner {
            true => Span::new(value.file, (value.start as usize).checked_sub(1)?, value.end as usize + 1),
            false => value,
        };
        let within = value.file == self.span.file && self.span.contains(value);
        let text = self.file.text.get(value.range())?;
        let is_literal = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) == Some(old);
        let fits = self.notation != Notation::File || new.iter().all(Term::is_literal);
        // An element of a list has a list around it already.
        let before = self.file.text.get(..value.start as usize)?.trim_end();
        let text = match before.ends_with(['[', ',']) {
            true => new.iter().map(|term| self.term(term)).collect::<Vec<_>>().join(", "),
            false => self.scalar(new),
        };
        (within && is_literal && fits && !new.is_empty()).then_some(Edit { span: value, text })
    }

    fn moved(&self, local: add::Local) -> Edit {
        let start = self.span.start as usize;
        let span = Span::new(self.span.file, start + local.at.start, start + local.at.end);
        Edit { span, text: local.text }
    }
}

/// Resources that code in a file can refer to: those of its module, each once.
pub(super) fn within_reach<'m>(cx: &Context<'m>, file: &SourceFile, kind: &str) -> Vec<&'m Resource> {
    let mut found: Vec<&Resource> = Vec::new();
    for resource in cx.model.of_kind(kind) {
        let home = cx.model.project.modules.get(resource.module.0 as usize);
        let here = home.is_some_and(|module| module.dir == file.dir());
        let known = found.iter().any(|it| it.mode == resource.mode && it.name == resource.name);
        if here && !known {
            found.push(resource);
        }
    }
    found
}

/// The resource in whose block something is written.
fn owner(cx: &Context<'_>, file: &SourceFile, at: Span) -> Option<ResourceId> {
    let mut resources = cx.model.project.resources.iter();
    resources.find(|it| it.span().file == file.id && it.span().contains(at)).map(|it| it.id)
}

/// Whether a reference from `owner` to one of these would close a circle, as far as the code tells.
fn would_circle(cx: &Context<'_>, all: &[&Resource], owner: ResourceId) -> bool {
    let mut users: HashMap<ResourceId, Vec<ResourceId>> = HashMap::new();
    for usage in &cx.model.uses {
        if let Some(user) = usage.user {
            users.entry(usage.used).or_default().push(user);
        }
    }
    let mut after = HashSet::from([owner]);
    let mut open = vec![owner];
    while let Some(id) = open.pop() {
        let more = users.get(&id).into_iter().flatten().filter(|user| after.insert(**user));
        open.extend(more);
    }
    // What stands in `depends_on` may lead anywhere.
    let waits = |it: &Resource| cx.shared.sources.text(it.span()).contains("depends_on");
    all.iter().any(|it| after.contains(&it.id) || it.mode == ResourceMode::Managed && waits(it))
}

/// The number of the account that a resource is in, where the module of a file looks it up. Another configuration of
/// the provider may be for another account.
pub(super) fn account(cx: &Context<'_>, file: &SourceFile, of: &Resource) -> Option<String> {
    let found = within_reach(cx, file, "aws_caller_identity");
    let one = found.iter().find(|it| it.key == InstanceKey::None && it.provider == of.provider)?;
    Some(format!("{}.account_id", one.local_address()))
}

/// Where the value of an entry is written, if the object has one of that name. `None` for what is no object.
fn inside(text: &str, object: &Range<usize>, name: &str) -> Option<Option<Range<usize>>> {
    let read = Object::read(text.get(object.clone())?)?;
    let found = read.get(name).map(|entry| &entry.value);
    Some(found.map(|value| object.start + value.start..object.start + value.end))
}

/// A string of HCL and JSON alike.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "$${");
    format!("\"{escaped}\"")
}

/// A heredoc begins before an offset and has not ended there.
pub(super) fn in_heredoc(text: &str, at: usize) -> bool {
    let before = &text[..at];
    let Some(open) = before.rfind("<<") else { return false };
    let rest = before[open + 2..].trim_start_matches(['<', '-', '~']);
    let Some((word, body)) = rest.split_once('\n') else { return false };
    let word = word.trim_end();
    let is_word = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_word && !body.lines().any(|line| line.trim() == word)
}

/// Nothing else is made from the variables and locals that a value came through, so that an edit where it is
/// written changes nothing but this.
pub(super) fn is_only_here(cx: &Context<'_>, value: &Value) -> bool {
    value.meta.hops().iter().all(|hop| {
        let Some(file) = cx.shared.sources.find(hop.span.file) else { return false };
        let sources = cx.shared.sources.in_dir(file.dir());
        sources.map(|other| mentions(&other.text, &hop.name)).sum::<usize>() <= 1
    })
}

/// How often a name stands in a text, as a whole.
fn mentions(text: &str, name: &str) -> usize {
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let bytes = text.as_bytes();
    let alone = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        let after = bytes.get(at + name.len());
        before.is_none_or(|byte| !of_name(*byte) && *byte != b'.') && after.is_none_or(|byte| !of_name(*byte))
    };
    text.match_indices(name).filter(|(at, _)| alone(*at)).count()
}
