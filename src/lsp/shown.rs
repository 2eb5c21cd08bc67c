//! What is shown of each file, and what of it need not be made again.

use super::configuration::Broken;
use super::diagnostics::{ERROR, Telling, What};
use super::positions::Lines;
use super::uri;
use crate::diagnostic::{Finding, Gap, Status};
use crate::report::Scrubber;
use crate::source::FileId;
use crate::workspace::{InFile, Report};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// What is shown in one file.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub uri: Arc<str>,
    /// Of the text that it was computed for; `None` when the document is not open.
    pub version: Option<i32>,
    pub items: Arc<Vec<Value>>,
    /// Equal where the items are.
    pub id: u64,
}

/// What was made last time, so that files where nothing changed need not be made again.
#[derive(Debug, Default)]
pub(super) struct Cache {
    files: HashMap<FileId, Cached>,
    /// All of it was made with these.
    scrubber: Arc<Scrubber>,
    rule_pages: Option<String>,
    /// Open documents, as the client writes them.
    open: BTreeMap<String, String>,
}

#[derive(Debug)]
struct Cached {
    findings: InFile,
    gaps: Vec<Arc<Gap>>,
    /// Texts that positions were counted in. They are held, so that another text is never at their address.
    texts: Vec<(FileId, Arc<str>)>,
    uri: Arc<str>,
    items: Arc<Vec<Value>>,
    id: u64,
    /// Something in it was hidden.
    hides: bool,
}

impl Cache {
    /// Forgets what would be told in another way.
    fn renew(&mut self, telling: &Telling<'_>, scrubber: &Arc<Scrubber>) {
        if self.rule_pages != telling.wishes.rule_pages {
            self.files.clear();
            self.rule_pages.clone_from(&telling.wishes.rule_pages);
        }
        let places = telling.places;
        let open = places.buffers.iter().map(|(path, buffer)| (path.clone(), buffer.uri.clone())).collect();
        let before = std::mem::replace(&mut self.open, open);
        if before != self.open {
            let is_same = |path: &&String| before.get(*path) == self.open.get(*path);
            let moved = before.keys().chain(self.open.keys()).filter(|path| !is_same(path));
            let moved: HashSet<FileId> =
                moved.filter_map(|path| Some(places.sources.load(path)?.ok()?.id)).collect();
            self.files.retain(|_, cached| !cached.texts.iter().any(|(file, _)| moved.contains(file)));
        }
        if !self.scrubber.hides_the_same_as(scrubber) {
            let news = scrubber.beyond(&self.scrubber);
            self.files.retain(|_, cached| {
                !cached.hides && (news.is_idle() || !cached.whats().any(|what| what.leaks(&news)))
            });
        }
        self.scrubber = scrubber.clone();
    }
}

impl Cached {
    fn new(file: FileId, path: &str, findings: InFile, gaps: Vec<Arc<Gap>>, telling: &Telling<'_>) -> Self {
        let whats: Vec<What<'_>> = whats(&findings, &gaps).collect();
        let mut files: Vec<FileId> = whats.iter().flat_map(What::files).chain([file]).collect();
        files.sort_unstable();
        files.dedup();
        let texts = files.iter().filter_map(|id| Some((*id, telling.places.sources.find(*id)?.text.clone())));
        let texts = texts.collect();
        let items: Vec<Value> = whats.iter().map(|what| what.tell(telling)).collect();
        let hides = whats.iter().any(|what| what.leaks(telling.scrubber));
        let (uri, id) = (telling.places.uri(path).into(), id(&items));
        Cached { findings, gaps, texts, uri, items: Arc::new(items), id, hides }
    }

    fn whats(&self) -> impl Iterator<Item = What<'_>> {
        whats(&self.findings, &self.gaps)
    }

    /// Whether it is about these, and the texts are the same. The very same finding says the same.
    fn holds(&self, findings: &InFile, gaps: &[Arc<Gap>], telling: &Telling<'_>) -> bool {
        let is_same = |(file, text): &(FileId, Arc<str>)| {
            telling.places.sources.find(*file).is_some_and(|file| Arc::ptr_eq(&file.text, text))
        };
        (Arc::ptr_eq(&self.findings, findings) || are_same(&self.findings, findings))
            && are_same(&self.gaps, gaps)
            && self.texts.iter().all(is_same)
    }
}

fn are_same<T>(left: &[Arc<T>], right: &[Arc<T>]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| Arc::ptr_eq(left, right))
}

/// What is to be told of a file.
fn whats<'a>(findings: &'a [Arc<Finding>], gaps: &'a [Arc<Gap>]) -> impl Iterator<Item = What<'a>> {
    let open = findings.iter().filter(|finding| finding.status == Status::Open);
    open.map(|finding| What::Finding(finding)).chain(gaps.iter().map(|gap| What::Gap(gap)))
}

/// Gaps of files, where the client wants to see them.
fn gaps_of(report: &Report, telling: &Telling<'_>) -> HashMap<FileId, Vec<Arc<Gap>>> {
    let mut found: HashMap<FileId, Vec<Arc<Gap>>> = HashMap::new();
    if telling.wishes.gaps {
        for gap in report.told_gaps() {
            if let Some(span) = gap.span {
                found.entry(span.file).or_default().push(gap);
            }
        }
    }
    found
}

/// The diagnostics of every file that has some, and of every open one. The scrubber is that of `telling`.
pub(super) fn all(
    report: &Report,
    telling: &Telling<'_>,
    scrubber: &Arc<Scrubber>,
    broken: Option<&Broken>,
    cache: &mut Cache,
) -> BTreeMap<String, Shown> {
    cache.renew(telling, scrubber);
    let mut gaps = gaps_of(report, telling);
    let nothing = InFile::default();
    let of_findings = report.findings.by_file().map(|(file, findings)| (*file, findings));
    let without: Vec<FileId> =
        gaps.keys().filter(|file| report.findings.of(**file).is_empty()).copied().collect();
    let files = of_findings.chain(without.into_iter().map(|file| (file, &nothing)));
    let mut known = std::mem::take(&mut cache.files);
    let mut shown = BTreeMap::new();
    for (file, findings) in files {
        let Some(path) = report.sources.find(file).map(|file| &file.path) else { continue };
        let gaps = gaps.remove(&file).unwrap_or_default();
        let cached = match known.remove(&file) {
            Some(cached) if cached.holds(findings, &gaps, telling) => cached,
            _ => Cached::new(file, path, findings.clone(), gaps, telling),
        };
        let (uri, version) = (cached.uri.clone(), telling.places.version(path));
        shown.insert(path.clone(), Shown { uri, version, items: cached.items.clone(), id: cached.id });
        cache.files.insert(file, cached);
    }
    for path in telling.places.buffers.keys() {
        shown.entry(path.clone()).or_insert_with(|| {
            let (uri, version) = (telling.places.uri(path).into(), telling.places.version(path));
            Shown { uri, version, items: Arc::default(), id: id(&[]) }
        });
    }
    if let Some(broken) = broken {
        let (path, now) = configuration(broken, telling);
        shown.insert(path, now);
    }
    shown
}

/// The diagnostics of some documents, whatever else there is.
pub(super) fn of(
    report: &Report,
    telling: &Telling<'_>,
    paths: &BTreeSet<String>,
) -> BTreeMap<String, Shown> {
    let mut shown = BTreeMap::new();
    let gaps = gaps_of(report, telling);
    for path in paths.iter().filter(|path| telling.places.buffers.contains_key(*path)) {
        let Some(file) = report.sources.file(path) else { continue };
        let gaps = gaps.get(&file.id).map_or(&[][..], Vec::as_slice);
        let items = whats(report.findings.of(file.id), gaps).map(|what| what.tell(telling));
        let items: Vec<Value> = items.collect();
        let (uri, version, id) = (telling.places.uri(path).into(), telling.places.version(path), id(&items));
        shown.insert(path.clone(), Shown { uri, version, items: Arc::new(items), id });
    }
    shown
}

impl Shown {
    /// Whether some rule says less often than before that something is wrong.
    pub fn says_less_than(&self, before: &Shown) -> bool {
        let mut left: BTreeMap<&str, usize> = BTreeMap::new();
        for item in self.items.iter() {
            *left.entry(code(item)).or_default() += 1;
        }
        let more =
            |item| left.get_mut(code(item)).and_then(|count| count.checked_sub(1).map(|rest| *count = rest));
        !before.items.iter().map(more).all(|found| found.is_some())
    }

    /// Hides what is a secret elsewhere.
    pub fn hide(&mut self, scrubber: &Scrubber) {
        if scrubber.is_idle() {
            return;
        }
        let mut items = (*self.items).clone();
        for item in &mut items {
            hide(&mut item["message"], scrubber);
            let related = item.get_mut("relatedInformation").and_then(Value::as_array_mut);
            related.into_iter().flatten().for_each(|one| hide(&mut one["message"], scrubber));
        }
        (self.id, self.items) = (id(&items), Arc::new(items));
    }
}

fn code(item: &Value) -> &str {
    item["code"].as_str().unwrap_or_default()
}

fn hide(text: &mut Value, scrubber: &Scrubber) {
    if let Some(shown) = text.as_str() {
        *text = scrubber.clean(shown).into();
    }
}

fn id(items: &[Value]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for item in items {
        item.to_string().hash(&mut hasher);
    }
    hasher.finish()
}

/// Mistakes in `keyward.toml`, which may lie above the folder.
fn configuration(broken: &Broken, telling: &Telling<'_>) -> (String, Shown) {
    let places = telling.places;
    let lines = Lines::new(&broken.text);
    let items: Vec<Value> = broken
        .errors
        .iter()
        .map(|error| {
            let help = error.help.iter().map(|help| format!("\nhelp: {help}"));
            let message = help.fold(error.message.clone(), |all, help| all + &help);
            json!({
                "range": lines.range(&broken.text, error.span.clone().unwrap_or_default(), places.encoding),
                "severity": ERROR,
                "code": "configuration",
                "source": "keyward",
                "message": message,
            })
        })
        .collect();
    let id = id(&items);
    let real = places.folder.path.canonicalize();
    let root = real.as_deref().unwrap_or(&places.folder.path);
    let (path, uri) = match uri::relative(root, &broken.path) {
        Some(path) => (path.clone(), places.uri(&path).into()),
        None => (broken.path.display().to_string(), uri::of_path(&broken.path).into()),
    };
    let version = places.version(&path);
    (path, Shown { uri, version, items: Arc::new(items), id })
}
