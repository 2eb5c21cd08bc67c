//! Findings as diagnostics: at the characters that cause them, with the way that leads there.

use super::client::Client;
use super::configuration::{Broken, Wishes};
use super::places::Places;
use super::positions::Lines;
use super::uri;
use crate::diagnostic::{Finding, Gap, Label, Severity, Status};
use crate::report::{Scrubber, rule_url};
use crate::source::{FileId, Span};
use crate::workspace::Report;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// What is shown in one file.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub uri: String,
    /// Of the text that it was computed for; `None` when the document is not open.
    pub version: Option<i32>,
    pub items: Arc<Vec<Value>>,
    /// Equal where the items are.
    pub id: u64,
}

/// What was made last time, so that files where nothing changed need not be made again.
#[derive(Debug, Default)]
pub(super) struct Cache(BTreeMap<String, Cached>);

#[derive(Debug)]
struct Cached {
    key: u64,
    /// The texts that positions were counted in. They are held, so that another text is never at their address.
    texts: Vec<Arc<str>>,
    items: Arc<Vec<Value>>,
    id: u64,
}

/// How findings are told.
pub(super) struct Telling<'a> {
    pub places: &'a Places<'a>,
    pub client: &'a Client,
    pub wishes: &'a Wishes,
    pub scrubber: &'a Scrubber,
}

/// The diagnostics of every file that has some, and of every open one.
pub(super) fn all(
    report: &Report,
    telling: &Telling<'_>,
    broken: Option<&Broken>,
    cache: &mut Cache,
) -> BTreeMap<String, Shown> {
    let mut by_file: BTreeMap<&str, Vec<What<'_>>> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.status == Status::Open) {
        if let Some(file) = report.sources.find(finding.span().file) {
            by_file.entry(&file.path).or_default().push(What::Finding(finding));
        }
    }
    for gap in report.gaps.iter().filter(|_| telling.wishes.gaps) {
        let file = gap.span.and_then(|span| report.sources.find(span.file));
        if let Some(file) = file {
            by_file.entry(&file.path).or_default().push(What::Gap(gap));
        }
    }
    for path in telling.places.buffers.keys() {
        by_file.entry(path).or_default();
    }
    let mut known = std::mem::take(&mut cache.0);
    let mut shown = BTreeMap::new();
    for (path, whats) in by_file {
        let (key, texts) = key(&whats, telling);
        let is_same = |cached: &Cached| {
            cached.key == key
                && cached.texts.len() == texts.len()
                && cached.texts.iter().zip(&texts).all(|(left, right)| Arc::ptr_eq(left, right))
        };
        let cached = match known.remove(path) {
            Some(cached) if is_same(&cached) => cached,
            _ => {
                let items: Vec<Value> = whats.iter().map(|what| what.tell(telling)).collect();
                let id = id(&items);
                Cached { key, texts, items: Arc::new(items), id }
            }
        };
        let (uri, version) = (telling.places.uri(path), telling.places.version(path));
        let now = Shown { uri, version, items: cached.items.clone(), id: cached.id };
        cache.0.insert(path.to_owned(), cached);
        shown.insert(path.to_owned(), now);
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
    for path in paths.iter().filter(|path| telling.places.buffers.contains_key(*path)) {
        let Some(file) = report.sources.file(path) else { continue };
        let findings = report.findings.iter().filter(|finding| finding.status == Status::Open);
        let here = findings.filter(|finding| finding.span().file == file.id).map(What::Finding);
        let gaps = report.gaps.iter().filter(|_| telling.wishes.gaps);
        let gaps = gaps.filter(|gap| gap.span.is_some_and(|span| span.file == file.id));
        let whats = here.chain(gaps.map(|gap| What::Gap(gap)));
        let items: Vec<Value> = whats.map(|what| what.tell(telling)).collect();
        let (uri, version, id) = (telling.places.uri(path), telling.places.version(path), id(&items));
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

/// Something to tell.
enum What<'a> {
    Finding(&'a Finding),
    Gap(&'a Gap),
}

impl What<'_> {
    fn tell(&self, telling: &Telling<'_>) -> Value {
        match self {
            What::Finding(finding) => telling.finding(finding),
            What::Gap(gap) => telling.gap(gap),
        }
    }

    fn spans(&self) -> Vec<Span> {
        match self {
            What::Finding(finding) => {
                let labels = finding.related.iter().chain(&finding.route);
                finding.sites.iter().map(|site| site.span).chain(labels.map(|label| label.span)).collect()
            }
            What::Gap(gap) => gap.span.into_iter().collect(),
        }
    }

    fn hash(&self, telling: &Telling<'_>, hasher: &mut DefaultHasher) {
        let idle = telling.scrubber.is_idle();
        let mut text = |text: &str| match idle {
            true => text.hash(hasher),
            false => telling.scrubber.clean(text).hash(hasher),
        };
        match self {
            What::Finding(finding) => {
                text(&finding.message);
                text(finding.help.as_deref().unwrap_or_default());
                finding.related.iter().chain(&finding.route).for_each(|label| text(&label.text));
                (finding.rule, finding.severity).hash(hasher);
                finding.sites.iter().for_each(|site| (&site.fingerprint, &site.address).hash(hasher));
            }
            What::Gap(gap) => {
                text(&gap.message);
                gap.kind.hash(hasher);
            }
        }
        for span in self.spans() {
            span.hash(hasher);
            // Of files that are not open the address never changes.
            let file = telling.places.sources.find(span.file);
            if let Some(buffer) = file.and_then(|file| telling.places.buffers.get(&file.path)) {
                buffer.uri.hash(hasher);
            }
        }
    }
}

/// What decides how a file looks, and the texts that it is about.
fn key(whats: &[What<'_>], telling: &Telling<'_>) -> (u64, Vec<Arc<str>>) {
    let mut hasher = DefaultHasher::new();
    whats.iter().for_each(|what| what.hash(telling, &mut hasher));
    telling.wishes.rule_pages.hash(&mut hasher);
    let mut files: Vec<FileId> = whats.iter().flat_map(What::spans).map(|span| span.file).collect();
    files.sort_unstable();
    files.dedup();
    let texts = files.iter().filter_map(|id| telling.places.sources.find(*id));
    (hasher.finish(), texts.map(|file| file.text.clone()).collect())
}

fn id(items: &[Value]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for item in items {
        item.to_string().hash(&mut hasher);
    }
    hasher.finish()
}

impl Telling<'_> {
    fn finding(&self, finding: &Finding) -> Value {
        let mut message = self.scrubber.clean(&finding.message);
        if let Some(help) = &finding.help {
            message.push_str("\nhelp: ");
            message.push_str(&self.scrubber.clean(help));
        }
        let mut item = json!({
            "range": self.range(finding.span()),
            "severity": severity(finding.severity),
            "code": finding.rule,
            "source": "keyward",
            "message": message,
            "data": { "fingerprint": finding.primary().fingerprint, "code": finding.code },
        });
        if let Some(page) = page(finding.rule, self.wishes).filter(|_| self.client.code_description) {
            item["codeDescription"] = json!({ "href": page });
        }
        if let Some(tag) = tag(finding.rule).filter(|_| self.client.tags) {
            item["tags"] = json!([tag]);
        }
        if self.client.related {
            item["relatedInformation"] = self.related(finding).into();
        }
        item
    }

    fn range(&self, span: Span) -> Value {
        let file = self.places.sources.get(span.file);
        json!(self.places.range(file, span))
    }

    /// The route first, since it leads to the place; then what explains it; then the same at other places.
    fn related(&self, finding: &Finding) -> Vec<Value> {
        let one = |span: Span, text: &str| {
            let location = self.places.location(span)?;
            Some(json!({ "location": location, "message": self.scrubber.clean(text) }))
        };
        let labels = finding.route.iter().chain(&finding.related);
        let labels = labels.filter_map(|label: &Label| one(label.span, &label.text));
        let elsewhere = finding.more_sites().iter().filter(|site| site.span != finding.span());
        let elsewhere = elsewhere.filter_map(|site| one(site.span, &format!("the same at {}", site.address)));
        labels.chain(elsewhere).collect()
    }

    fn gap(&self, gap: &Gap) -> Value {
        json!({
            "range": gap.span.map(|span| self.range(span)),
            "severity": HINT,
            "code": gap.kind.name(),
            "source": "keyward",
            "message": format!("not analysed: {}", self.scrubber.clean(&gap.message)),
        })
    }
}

const ERROR: u8 = 1;
const WARNING: u8 = 2;
const INFORMATION: u8 = 3;
const HINT: u8 = 4;

fn severity(severity: Severity) -> u8 {
    match severity {
        Severity::Critical | Severity::High => ERROR,
        Severity::Medium => WARNING,
        Severity::Low => INFORMATION,
        Severity::Info => HINT,
    }
}

/// What has no use is faded, and what a platform has given up is struck out. The numbers are the protocol's.
fn tag(rule: &str) -> Option<u8> {
    match rule {
        "waiver-unused" | "orphaned-identity" => Some(1),
        "k8s-legacy-sa-token" => Some(2),
        _ => None,
    }
}

pub(super) fn page(rule: &str, wishes: &Wishes) -> Option<String> {
    match &wishes.rule_pages {
        Some(pages) => Some(pages.replace("{rule}", rule)),
        None => rule_url(rule),
    }
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
        Some(path) => (path.clone(), places.uri(&path)),
        None => (broken.path.display().to_string(), uri::of_path(&broken.path)),
    };
    let version = places.version(&path);
    (path, Shown { uri, version, items: Arc::new(items), id })
}
