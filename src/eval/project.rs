//! What a root module comes to: every resource instance with its values. Read by the identity layer.

use super::memo::Memo;
use super::value::{MapKind, Meta, ResourceId, Value};
use crate::diagnostic::Gap;
use crate::source::Span;
use indexmap::IndexMap;
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

type Name = Arc<str>;

/// Index of a module instance in its project; 0 is the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleId(pub u32);

/// A root module and everything below it.
#[derive(Debug, Default)]
pub struct Project {
    /// Directory of the root module relative to the scanned root, empty for the scanned root itself.
    pub dir: String,
    pub modules: Vec<Arc<ModuleInstance>>,
    pub resources: Resources,
    pub gaps: Vec<Gap>,
    /// Paths below the scanned root that expressions look at, and whether the file was read.
    pub reads: BTreeMap<String, bool>,
    /// What it took to evaluate it: work is counted, see the limits.
    pub work: u64,
}

/// Resources by their numbers. One that no change reached is shared with what was evaluated before.
#[derive(Debug, Default)]
pub struct Resources(pub(super) Vec<Arc<Resource>>);

impl Resources {
    pub fn iter(&self) -> <&Self as IntoIterator>::IntoIter {
        self.into_iter()
    }

    pub fn get(&self, at: usize) -> Option<&Resource> {
        self.0.get(at).map(|resource| &**resource)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::ops::Index<usize> for Resources {
    type Output = Resource;

    fn index(&self, at: usize) -> &Resource {
        &self.0[at]
    }
}

impl<'a> IntoIterator for &'a Resources {
    type Item = &'a Resource;
    type IntoIter = std::iter::Map<std::slice::Iter<'a, Arc<Resource>>, fn(&Arc<Resource>) -> &Resource>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|resource| &**resource)
    }
}

/// Whether one of the paths that expressions look at is this one, or a directory that it is in.
pub fn is_looked_at(reads: &BTreeMap<String, bool>, path: &str) -> bool {
    let above = || path.match_indices('/').any(|(at, _)| reads.contains_key(&path[..at]));
    !reads.is_empty() && (reads.contains_key(path) || reads.contains_key("") || above())
}

#[derive(Debug)]
pub struct ModuleInstance {
    pub id: ModuleId,
    /// `module.app["eu"]`, empty for the root.
    pub address: String,
    pub dir: String,
    pub parent: Option<ModuleId>,
    pub variables: IndexMap<Name, Variable>,
    pub locals: IndexMap<Name, Value>,
    pub outputs: IndexMap<Name, Output>,
    pub providers: Vec<Provider>,
    /// The `terraform` blocks: `required_version`, `required_providers`, `backend`.
    pub settings: Vec<BlockValue>,
    pub calls: Vec<ModuleCall>,
    /// As with resources.
    pub memo: Option<Memo>,
}

impl Project {
    /// Whether a resource is there, and once, whatever the values turn out to be that are not known.
    pub fn is_certain(&self, resource: &Resource) -> bool {
        let mut at = self.modules.get(resource.module.0 as usize);
        while let Some(module) = at {
            at = module.parent.and_then(|parent| self.modules.get(parent.0 as usize));
            if at.is_some_and(|parent| parent.calls.iter().any(|call| call.uncertain.contains(&module.id))) {
                return false;
            }
        }
        resource.is_certain
    }

    /// Gives back what was worked out of its resources and modules.
    pub fn forget_notes(&self) {
        let of_resources = self.resources.iter().filter_map(|resource| resource.memo.as_ref());
        let of_modules = self.modules.iter().filter_map(|module| module.memo.as_ref());
        of_resources.chain(of_modules).for_each(Memo::clear);
    }
}

impl ModuleInstance {
    /// What is worked out of the module alone, without its resources, once for as long as it stays as it is.
    pub fn note<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        Memo::maybe(self.memo.as_ref(), make)
    }
}

#[derive(Debug)]
pub struct Variable {
    pub value: Value,
    pub default: Option<Value>,
    pub sensitive: bool,
    pub ephemeral: bool,
    pub description: Option<String>,
    pub header: Span,
}

#[derive(Debug)]
pub struct Output {
    pub value: Value,
    pub sensitive: bool,
    pub ephemeral: bool,
    pub header: Span,
    /// The expression of its value; the header when there is none.
    pub expr_span: Span,
}

#[derive(Debug)]
pub struct Provider {
    /// Local name: `aws`, `google-beta`.
    pub name: Name,
    pub alias: Option<Name>,
    pub body: BlockValue,
}

/// A `module` block, for what is passed into a module whose source is not here.
#[derive(Debug)]
pub struct ModuleCall {
    pub address: String,
    pub source: Option<String>,
    pub body: BlockValue,
    pub resolved: bool,
    /// Its instances that are there or not, by values that are not known.
    pub uncertain: Vec<ModuleId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceMode {
    Managed,
    Data,
    Ephemeral,
}

/// Which instance of a block this is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstanceKey {
    None,
    Index(i64),
    Each(Name),
    /// `count` or `for_each` is not known: this one stands for all that there may be.
    Any,
}

#[derive(Debug)]
pub struct Resource {
    pub id: ResourceId,
    pub address: String,
    pub mode: ResourceMode,
    pub kind: Name,
    pub name: Name,
    pub key: InstanceKey,
    /// It is there, if its module is, whatever the values turn out to be that are not known.
    pub is_certain: bool,
    pub module: ModuleId,
    pub body: BlockValue,
    /// What it computes from its arguments alone, once somebody asked.
    pub computed: OnceLock<Option<Value>>,
    /// Where what is worked out of it alone is kept, if it is likely to be asked for again.
    pub memo: Option<Memo>,
    /// The provider configuration it uses: module and index in that module's list.
    pub provider: Option<(ModuleId, usize)>,
    pub lifecycle: Lifecycle,
}

/// What a `lifecycle` block says; Terraform takes only literals and names there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifecycle {
    /// `ignore_changes = all`.
    pub ignores_all: bool,
    /// Paths of attributes without indices: `secret_string`, `tags`.
    pub ignored: Vec<String>,
    pub create_before_destroy: bool,
    pub prevent_destroy: bool,
}

impl Lifecycle {
    /// Whether a later change of an attribute is left alone: its value may be set elsewhere.
    pub fn ignores(&self, attribute: &str) -> bool {
        let head = attribute.split('.').next().unwrap_or(attribute);
        self.ignores_all || self.ignored.iter().any(|path| path.split('.').next() == Some(head))
    }
}

/// An evaluated block.
#[derive(Clone, Debug, Default)]
pub struct BlockValue {
    pub attributes: IndexMap<Name, Attr>,
    pub blocks: Vec<(Name, BlockValue)>,
    pub span: Option<Span>,
    pub header: Option<Span>,
    /// Made by a `dynamic` block whose `for_each` is not known: it stands for any number of blocks.
    pub any: bool,
    /// Made by a `dynamic` block of which it is not known whether it makes this one.
    pub perhaps: bool,
}

#[derive(Clone, Debug)]
pub struct Attr {
    pub value: Value,
    pub name_span: Span,
    pub span: Span,
    pub expr_span: Span,
}

impl InstanceKey {
    pub fn suffix(&self) -> String {
        match self {
            InstanceKey::None => String::new(),
            InstanceKey::Index(index) => format!("[{index}]"),
            InstanceKey::Each(key) => format!("[\"{}\"]", key.replace('\\', "\\\\").replace('"', "\\\"")),
            InstanceKey::Any => "[*]".to_string(),
        }
    }
}

impl Resource {
    /// What is worked out of the resource, once for as long as it stays as it is. It may depend on nothing else that
    /// changes.
    pub fn note<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        Memo::maybe(self.memo.as_ref(), make)
    }

    pub fn header(&self) -> Span {
        self.body.header.expect("invariant: a resource comes from a block")
    }

    pub fn span(&self) -> Span {
        self.body.span.expect("invariant: a resource comes from a block")
    }

    /// `aws_iam_role.ci` without module and instance.
    pub fn local_address(&self) -> String {
        match self.mode {
            ResourceMode::Managed => format!("{}.{}", self.kind, self.name),
            ResourceMode::Data => format!("data.{}.{}", self.kind, self.name),
            ResourceMode::Ephemeral => format!("ephemeral.{}.{}", self.kind, self.name),
        }
    }
}

impl BlockValue {
    pub fn attr(&self, name: &str) -> Option<&Attr> {
        self.attributes.get(name)
    }

    /// The value of an attribute, `None` when it is absent or null.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.attributes.get(name).map(|attr| &attr.value).filter(|value| !value.is_null())
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.value(name)?.as_str()
    }

    pub fn bool(&self, name: &str) -> Option<bool> {
        self.value(name)?.as_bool()
    }

    /// Nested blocks of a kind, whether written as blocks or, in JSON syntax and in block-as-attribute
    /// style, as objects.
    pub fn blocks(&self, kind: &str) -> Vec<BlockValue> {
        let mut found: Vec<_> =
            self.blocks.iter().filter(|(name, _)| &**name == kind).map(|(_, block)| block.clone()).collect();
        if let Some(attr) = self.attr(kind) {
            found
                .extend(attr.value.as_slice().iter().filter_map(|value| BlockValue::from_value(value, attr)));
        }
        found
    }

    pub fn block(&self, kind: &str) -> Option<BlockValue> {
        self.blocks(kind).into_iter().next()
    }

    pub fn has_block(&self, kind: &str) -> bool {
        self.blocks.iter().any(|(name, _)| &**name == kind) || self.value(kind).is_some()
    }

    fn from_value(value: &Value, attr: &Attr) -> Option<Self> {
        let entries = value.entries()?;
        let attributes = entries.iter().map(|(name, value)| {
            let span = value.meta.span.unwrap_or(attr.span);
            (name.clone(), Attr { value: value.clone(), name_span: span, span, expr_span: span })
        });
        let span = Some(value.meta.span.unwrap_or(attr.span));
        Some(BlockValue {
            attributes: attributes.collect(),
            blocks: Vec::new(),
            span,
            header: span,
            any: false,
            perhaps: false,
        })
    }

    /// The block as an object, nested blocks as lists, which is how expressions see it.
    pub fn to_value(&self) -> Value {
        let mut entries: IndexMap<Name, Value> =
            self.attributes.iter().map(|(name, attr)| (name.clone(), attr.value.clone())).collect();
        let mut lists: IndexMap<Name, Vec<Value>> = IndexMap::new();
        for (name, block) in &self.blocks {
            lists.entry(name.clone()).or_default().push(block.to_value());
        }
        entries.extend(lists.into_iter().map(|(name, blocks)| (name, Value::tuple(blocks))));
        let meta = Meta { span: self.header, ..Meta::default() };
        Value { kind: Value::map(MapKind::Object, entries).kind, meta }
    }

    /// Values at a dotted path such as `auth_parameters.basic.password`, through blocks, lists and maps.
    pub fn at_path(&self, path: &str) -> Vec<(String, Value)> {
        let mut found = Vec::new();
        self.collect_path(path, "", &mut found);
        found
    }

    fn collect_path(&self, path: &str, prefix: &str, found: &mut Vec<(String, Value)>) {
        let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
        let here = if prefix.is_empty() { head.to_string() } else { format!("{prefix}.{head}") };
        match rest {
            None => {
                if let Some(value) = self.value(head) {
                    found.push((here.clone(), value.clone()));
                }
                for (_, block) in self.blocks.iter().filter(|(name, _)| &**name == head) {
                    found.push((here.clone(), block.to_value()));
                }
            }
            Some(rest) => {
                for block in self.blocks(head) {
                    block.collect_path(rest, &here, found);
                }
            }
        }
    }

    /// Calls `visit` with every attribute below, and its dotted path.
    pub fn each_attr<'a>(&'a self, visit: &mut impl FnMut(&str, &'a Attr)) {
        self.each_attr_below("", visit);
    }

    fn each_attr_below<'a>(&'a self, prefix: &str, visit: &mut impl FnMut(&str, &'a Attr)) {
        let join = |name: &str| if prefix.is_empty() { name.to_string() } else { format!("{prefix}.{name}") };
        for (name, attr) in &self.attributes {
            visit(&join(name), attr);
        }
        for (name, block) in &self.blocks {
            block.each_attr_below(&join(name), visit);
        }
    }
}
