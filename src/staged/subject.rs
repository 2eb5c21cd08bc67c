//! Which credentials can be exchanged so, and how far each has come by what the code says. Nothing else is remembered.

use super::code::{Code, Uses};
use super::kinds::{self, Kind};
use crate::analysis::Analysis;
use crate::eval::{Resource, ResourceMode, block_address};
use crate::identity::{Credential, CredentialId, Model, Subject as Holder};
use crate::source::{FileKind, SourceFile, SourceMap, Span};
use crate::syntax::ast::{Block, ExprKind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Declare a second generation beside the first.
    Declare,
    /// Have everything that uses the first one use the second.
    Switch,
    /// Disable the first one.
    Disable,
    /// Remove it.
    Remove,
}

impl Stage {
    pub const ALL: [Stage; 4] = [Stage::Declare, Stage::Switch, Stage::Disable, Stage::Remove];

    pub fn name(self) -> &'static str {
        match self {
            Stage::Declare => "declare",
            Stage::Switch => "switch",
            Stage::Disable => "disable",
            Stage::Remove => "remove",
        }
    }
}

/// One block of a credential.
#[derive(Clone, Debug)]
pub(super) struct Generation<'a> {
    pub label: String,
    pub file: &'a Arc<SourceFile>,
    pub block: &'a Block,
}

/// A credential, and how far its exchange has come.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    pub kind: &'static Kind,
    pub dir: String,
    pub old: Generation<'a>,
    /// What the generation that follows is called.
    pub follower: String,
    pub stage: Stage,
    /// Of the old one.
    pub uses: Uses,
    /// The old one in every root module that has it, which may be several times.
    pub declared: Vec<(usize, CredentialId)>,
    /// Why nothing can be done by an edit of ours.
    pub obstacle: Option<String>,
}

impl Subject<'_> {
    /// Without module and instance.
    pub fn address(&self) -> String {
        format!("{}.{}", self.kind.name, self.old.label)
    }

    pub fn next(&self) -> String {
        format!("{}.{}", self.kind.name, self.follower)
    }

    /// What stays the same until this stage is merged.
    pub fn key(&self, stage: Stage) -> [&str; 4] {
        [self.dir.as_str(), self.kind.name, self.old.label.as_str(), stage.name()]
    }

    /// Directories of the root modules that have it.
    pub fn roots(&self, analysis: &Analysis) -> BTreeSet<String> {
        self.declared.iter().map(|(at, _)| analysis.estate.models[*at].project.dir.clone()).collect()
    }

    /// Blocks of the old one as states name them.
    pub fn blocks(&self, analysis: &Analysis) -> BTreeSet<String> {
        let blocks = self
            .declared
            .iter()
            .map(|(at, id)| block_address(&analysis.estate.models[*at].credential(*id).address));
        blocks.collect()
    }

    /// The old one as it stands in one of the root modules.
    pub fn first<'m>(&self, analysis: &'m Analysis) -> (&'m Model, &'m Credential) {
        let (at, id) = self.declared[0];
        let model = &analysis.estate.models[at];
        (model, model.credential(id))
    }
}

/// Directory, type and stem.
type Key = (String, &'static str, String);
/// Where each is declared, by its number.
type Generations = BTreeMap<u32, Vec<(usize, CredentialId)>>;

/// Every credential of the code, or of one directory of it, that a second one can stand beside.
pub(super) fn subjects_in<'a>(analysis: &'a Analysis, dir: Option<&str>) -> Vec<Subject<'a>> {
    let mut blocks: BTreeMap<Key, Generations> = BTreeMap::new();
    for (at, model) in analysis.estate.models.iter().enumerate() {
        for credential in &model.credentials {
            let resource = model.resource(credential.resource);
            let Some(kind) = kinds::of(&resource.kind).filter(|_| is_ours(&analysis.sources, resource))
            else {
                continue;
            };
            let file = analysis.sources.find(resource.header().file);
            let Some(file) = file.filter(|file| dir.is_none_or(|dir| file.dir() == dir)) else { continue };
            let (stem, number) = kinds::generation(&resource.name);
            let key = (file.dir().to_owned(), kind.name, stem.to_owned());
            blocks.entry(key).or_default().entry(number).or_default().push((at, credential.id));
        }
    }
    let of = |((dir, kind, stem), generations): (Key, Generations)| {
        subject(analysis, dir, kind, &stem, generations)
    };
    blocks.into_iter().filter_map(of).collect()
}

/// What `ignore_changes = all` says is changed elsewhere.
fn is_ours(sources: &SourceMap, resource: &Resource) -> bool {
    resource.mode == ResourceMode::Managed
        && !resource.lifecycle.ignores_all
        && sources.find(resource.header().file).is_some()
}

fn subject<'a>(
    analysis: &'a Analysis,
    dir: String,
    kind: &'static str,
    stem: &str,
    generations: Generations,
) -> Option<Subject<'a>> {
    let kind = kinds::of(kind)?;
    let code = Code::of(analysis, &dir);
    let name = |number: u32| if number == 1 { stem.to_owned() } else { kinds::label(stem, number) };
    let found = |number: u32| {
        let label = name(number);
        let (file, block) = code.block(kind.name, &label)?;
        Some(Generation { label, file, block })
    };
    let numbers: Vec<u32> = generations.keys().copied().collect();
    let (first, declared) = generations.into_iter().next()?;
    let old = found(first)?;
    let mut obstacle = (numbers.len() > 2).then(|| {
        format!(
            "{} generations of `{}.{stem}` are declared: remove those that are not used",
            numbers.len(),
            kind.name
        )
    });
    let new = numbers.get(1).and_then(|number| found(*number));
    let follower =
        new.as_ref().map_or_else(|| kinds::label(stem, first.saturating_add(1)), |new| new.label.clone());
    let uses = code.uses(kind.name, &old.label).unwrap_or_else(|why| {
        obstacle.get_or_insert(why);
        Uses::default()
    });
    if old.file.kind != FileKind::Hcl {
        obstacle.get_or_insert_with(|| format!("`{}` is written as JSON", old.file.path));
    }
    let stage = match &new {
        None => Stage::Declare,
        Some(new) => {
            if !are_alike(kind, old.block, new.block, old.file, new.file) {
                obstacle.get_or_insert_with(|| {
                    format!(
                        "`{}` is not the same as `{}` but for its name: it may be another credential",
                        new.label, old.label
                    )
                });
            }
            match kind.off {
                _ if !uses.spans.is_empty() => Stage::Switch,
                Some((argument, value)) if !is_off(old.block, argument, value) => Stage::Disable,
                _ => Stage::Remove,
            }
        }
    };
    Some(Subject { kind, dir, old, follower, stage, uses, declared, obstacle })
}

/// Whether an argument is written as this text.
pub(super) fn is_off(block: &Block, argument: &str, value: &str) -> bool {
    let written = block.body.attribute(argument).map(|attribute| &attribute.expr.kind);
    matches!(written, Some(ExprKind::String(text)) if &**text == value)
}

/// Two generations have the same arguments, but for the one that disables.
fn are_alike(kind: &Kind, left: &Block, right: &Block, in_left: &SourceFile, in_right: &SourceFile) -> bool {
    let arguments = |block: &Block, file: &SourceFile| {
        let text = |span: Span| file.slice(span).split_whitespace().collect::<Vec<_>>().join(" ");
        let off = kind.off.map(|(argument, _)| argument);
        let of_body = block.body.attributes.iter().filter(|attribute| Some(&*attribute.name) != off);
        let attributes: BTreeMap<String, String> =
            of_body.map(|attribute| (attribute.name.to_string(), text(attribute.expr.span))).collect();
        let blocks: Vec<String> = block.body.blocks.iter().map(|block| text(block.span)).collect();
        (attributes, blocks)
    };
    arguments(left, in_left) == arguments(right, in_right)
}

/// Other credentials of the same type for the same identity, which take its room.
pub(super) fn peers<'m>(model: &'m Model, credential: &Credential) -> Vec<&'m Credential> {
    if matches!(credential.subject, Holder::None | Holder::Unknown) {
        return Vec::new();
    }
    let header = model.resource(credential.resource).header();
    let of_kind = model.credentials.iter().filter(|other| other.kind == credential.kind);
    of_kind
        .filter(|other| {
            other.subject == credential.subject && model.resource(other.resource).header() != header
        })
        .collect()
}
