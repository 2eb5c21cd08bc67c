mod merge;
mod modules;

pub(in crate::eval) use modules::join;

use crate::diagnostic::{Gap, GapKind};
use crate::eval::value::Value;
use crate::source::{FileId, FileKind, SourceMap};
use crate::syntax::Parsed;
use crate::syntax::ast::{Attribute, Body, Expr, ExprKind};
use modules::Manifests;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// All modules of a scan by directory, and how they call each other.
#[derive(Debug)]
pub struct Program {
    modules: BTreeMap<String, Arc<ModuleSource>>,
    manifests: Arc<Manifests>,
    roots: Vec<String>,
    /// Another module is there, or calls others, since the roots were found.
    is_reshaped: bool,
    /// Directories of modules whose trees are here.
    here: BTreeSet<String>,
    /// Files decoded as JSON or YAML. Estates keep their settings in such files, and every root reads them.
    decoded: Mutex<HashMap<(FileId, Format), Value>>,
}

/// What a file may be decoded as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Format {
    Json,
    Yaml,
}

/// One directory of configuration, override files merged in.
#[derive(Debug, Default)]
pub struct ModuleSource {
    pub dir: String,
    pub body: Body,
    /// Variable files that Terraform loads by itself, in its order, then all others.
    pub auto_vars: Vec<VarFile>,
    pub other_vars: Vec<VarFile>,
    /// Directories of the local modules that it calls, whether or not they are there.
    calls: Vec<String>,
    /// It declares something, so that it may be a root module.
    is_module: bool,
    /// Its tree was given back.
    is_away: bool,
}

impl ModuleSource {
    /// A directory without any file.
    pub(super) fn nothing(dir: &str) -> Self {
        ModuleSource { dir: dir.to_owned(), ..ModuleSource::default() }
    }

    /// All that decides which modules are roots.
    fn shape(&self) -> (bool, &[String]) {
        (self.is_module, &self.calls)
    }
}

#[derive(Debug, PartialEq, Eq)]
pub struct VarFile {
    pub file: FileId,
    pub path: String,
    pub attributes: Vec<Attribute>,
}

impl Program {
    /// Groups parsed files into modules. `parsed` is in the order of the source map.
    pub fn new(sources: &SourceMap, parsed: &[Parsed], manifests: &[PathBuf], gaps: &mut Vec<Gap>) -> Self {
        let mut dirs: BTreeMap<String, Vec<(FileId, &Parsed)>> = BTreeMap::new();
        for (file, parsed) in sources.iter().zip(parsed) {
            dirs.entry(file.dir().to_string()).or_default().push((file.id, parsed));
        }
        let modules: BTreeMap<_, _> = dirs
            .into_iter()
            .map(|(dir, files)| (dir.clone(), Arc::new(module(sources, dir, &files))))
            .collect();
        let manifests = Arc::new(Manifests::read(manifests, sources, gaps));
        let roots = find_roots(&modules, &manifests);
        let here = modules.keys().cloned().collect();
        Program { modules, manifests, roots, is_reshaped: false, here, decoded: Mutex::default() }
    }

    /// Without any module, to be filled by [`Program::renew`].
    pub fn empty(sources: &SourceMap, manifests: &[PathBuf], gaps: &mut Vec<Gap>) -> Self {
        let manifests = Arc::new(Manifests::read(manifests, sources, gaps));
        let (modules, here) = Default::default();
        Program { modules, manifests, roots: Vec::new(), is_reshaped: true, here, decoded: Mutex::default() }
    }

    /// Makes the modules of some directories again. `tree` gives what a file holds.
    pub fn renew<'p>(
        &mut self,
        sources: &SourceMap,
        changed: &BTreeSet<String>,
        tree: impl Fn(FileId) -> Option<&'p Parsed>,
    ) {
        let mut dirs: BTreeMap<&str, Vec<(FileId, &Parsed)>> = BTreeMap::new();
        for file in changed.iter().flat_map(|dir| sources.in_dir(dir)) {
            if let Some(parsed) = tree(file.id) {
                dirs.entry(file.dir()).or_default().push((file.id, parsed));
            }
        }
        for dir in changed {
            let before = self.modules.remove(dir);
            let files = dirs.remove(dir.as_str());
            let now = files.map(|files| Arc::new(module(sources, dir.clone(), &files)));
            self.is_reshaped |=
                before.as_deref().map(ModuleSource::shape) != now.as_deref().map(ModuleSource::shape);
            match now {
                Some(module) => {
                    self.here.insert(dir.clone());
                    self.modules.insert(dir.clone(), module);
                }
                None => drop(self.here.remove(dir)),
            }
        }
    }

    /// Finds the roots among the modules as they are now. What was decoded of `files` is forgotten. Whether there are
    /// other modules or calls.
    pub fn settle(&mut self, files: &HashSet<FileId>) -> bool {
        let is_reshaped = std::mem::take(&mut self.is_reshaped);
        if is_reshaped {
            self.roots = find_roots(&self.modules, &self.manifests);
        }
        let decoded = self.decoded.get_mut().unwrap_or_else(PoisonError::into_inner);
        decoded.retain(|(file, _), _| !files.contains(file));
        is_reshaped
    }

    /// Gives back the trees of all modules but some, to be dropped. To [`Program::renew`] them is to have them again.
    pub fn put_away(&mut self, keep: impl Fn(&str) -> bool) -> Vec<Arc<ModuleSource>> {
        let gone: Vec<String> = self.here.iter().filter(|dir| !keep(dir)).cloned().collect();
        let mut away = Vec::new();
        for dir in gone {
            self.here.remove(&dir);
            if let Some(module) = self.modules.get_mut(&dir) {
                let (calls, is_module) = (module.calls.clone(), module.is_module);
                let bare = ModuleSource { dir, calls, is_module, is_away: true, ..ModuleSource::default() };
                away.push(std::mem::replace(module, Arc::new(bare)));
            }
        }
        away
    }

    /// Modules that a root module is made of and whose trees were given back.
    pub fn away(&self, root: &str) -> impl Iterator<Item = String> {
        let reached = self.calls_from(root).into_iter();
        reached.filter(|dir| self.modules.get(dir).is_some_and(|module| module.is_away))
    }

    /// Directories that nobody calls, in order. Their modules are analysed with their own defaults.
    pub fn roots(&self) -> &[String] {
        &self.roots
    }

    pub fn module(&self, dir: &str) -> Option<&Arc<ModuleSource>> {
        self.modules.get(dir)
    }

    pub fn modules(&self) -> impl Iterator<Item = &Arc<ModuleSource>> {
        self.modules.values()
    }

    /// Directories of local modules that are called from a root module, by each other too, whether or not they
    /// are there.
    pub fn calls_from(&self, root: &str) -> BTreeSet<String> {
        let mut reached = BTreeSet::new();
        reach(root, &self.modules, &mut reached);
        self.manifests.dirs_of(root).for_each(|dir| reach(dir, &self.modules, &mut reached));
        reached
    }

    /// A decoded file, computed once for all roots.
    pub(super) fn decoded<E>(
        &self,
        file: (FileId, Format),
        decode: impl FnOnce() -> Result<Value, E>,
    ) -> Result<Value, E> {
        // A thread that panicked has left the map as it was.
        let known = || self.decoded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = known().get(&file) {
            return Ok(value.clone());
        }
        let value = decode()?;
        known().insert(file, value.clone());
        Ok(value)
    }

    /// The directory of the module that `source` names, called as `path` (dotted call names) from `dir`.
    pub fn resolve(
        &self,
        root: &str,
        dir: &str,
        path: &str,
        source: &str,
    ) -> Result<&Arc<ModuleSource>, Gap> {
        let local = modules::local_dir(dir, source);
        let target = match &local {
            Some(Some(target)) => Some(target.as_str()),
            Some(None) => {
                let message = format!("module source `{source}` leaves the scanned directory");
                return Err(Gap::new(GapKind::OutsideRoot, None, message)
                    .help("scan the directory that holds both the caller and the module"));
            }
            None => self.manifests.lookup(root, path),
        };
        let found = target.and_then(|target| self.modules.get(target));
        found.ok_or_else(|| {
            let message =
                format!("module source `{source}` is not here, so what it declares is not analysed");
            let help = match local {
                Some(_) => "check the path, or scan the directory that holds the module",
                None => "run `terraform init` (or `terraform get`) first: keyward reads `.terraform/modules`",
            };
            Gap::new(GapKind::MissingModule, None, message).help(help)
        })
    }
}

fn module(sources: &SourceMap, dir: String, files: &[(FileId, &Parsed)]) -> ModuleSource {
    let mut module = ModuleSource { dir, ..ModuleSource::default() };
    let mut overrides = Vec::new();
    for (id, parsed) in files {
        let file = sources.get(*id);
        match file.kind {
            FileKind::Hcl | FileKind::Json if is_override(file.name()) => overrides.push(&*parsed.body),
            FileKind::Hcl | FileKind::Json => merge::append(&mut module.body, &parsed.body),
            FileKind::Vars | FileKind::VarsJson => {
                let attributes = parsed.body.attributes.clone();
                let vars = VarFile { file: *id, path: file.path.clone(), attributes };
                match auto_rank(file.name()) {
                    Some(_) => module.auto_vars.push(vars),
                    None => module.other_vars.push(vars),
                }
            }
            FileKind::Other => {}
        }
    }
    for body in overrides {
        merge::apply_override(&mut module.body, body);
    }
    module.calls = calls(&module);
    module.is_module = !module.body.blocks.is_empty();
    module.auto_vars.sort_by_key(|vars| {
        let name = vars.path.rsplit('/').next().unwrap_or_default().to_string();
        (auto_rank(&name), name)
    });
    module
}

/// `terraform.tfvars` first, its JSON form second, then `*.auto.tfvars` by name; `None` is not loaded.
fn auto_rank(name: &str) -> Option<u8> {
    match name {
        "terraform.tfvars" => Some(0),
        "terraform.tfvars.json" => Some(1),
        _ if name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json") => Some(2),
        _ => None,
    }
}

fn is_override(name: &str) -> bool {
    let stem = ["tofu.json", "tf.json", "tofu", "tf"]
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix)?.strip_suffix('.'))
        .unwrap_or(name);
    stem == "override" || stem.ends_with("_override")
}

fn find_roots(modules: &BTreeMap<String, Arc<ModuleSource>>, manifests: &Manifests) -> Vec<String> {
    let mut called = BTreeSet::new();
    for module in modules.values() {
        called.extend(module.calls.iter().filter(|dir| **dir != module.dir).cloned());
    }
    called.extend(manifests.dirs());
    let cached = |dir: &str| dir.split('/').any(|part| part == ".terraform");
    let mut roots: Vec<String> = modules
        .values()
        .filter(|module| module.is_module && !called.contains(&module.dir) && !cached(&module.dir))
        .map(|module| module.dir.clone())
        .collect();
    // Modules that only call each other in a circle have no root: take the first of each circle.
    let mut reached = BTreeSet::new();
    for root in &roots {
        reach(root, modules, &mut reached);
    }
    for module in modules.values().filter(|module| module.is_module && !cached(&module.dir)) {
        if !reached.contains(&module.dir) {
            reach(&module.dir, modules, &mut reached);
            roots.push(module.dir.clone());
        }
    }
    roots.sort();
    roots
}

fn reach(dir: &str, modules: &BTreeMap<String, Arc<ModuleSource>>, reached: &mut BTreeSet<String>) {
    let mut pending = vec![dir.to_string()];
    while let Some(dir) = pending.pop() {
        if !reached.insert(dir.clone()) {
            continue;
        }
        let Some(module) = modules.get(&dir) else { continue };
        pending.extend(module.calls.iter().cloned());
    }
}

fn calls(module: &ModuleSource) -> Vec<String> {
    let called = module.body.blocks("module").filter_map(|call| {
        let source = call.body.attribute("source").and_then(|attribute| literal(&attribute.expr))?;
        modules::local_dir(&module.dir, source)?
    });
    called.collect()
}

fn literal(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::String(text) => Some(text),
        _ => None,
    }
}
