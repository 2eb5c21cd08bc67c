//! The analysis of one folder, on a thread of its own.
//!
//! Changes and questions come in one queue, in the order of the messages. Whatever has changed is taken in before
//! anything is analysed, and a newer change ends an analysis that is under way. A question is answered from the
//! state that its client had when asking, or not at all.

use super::client::Client;
use super::configuration::{self, Loaded, Wishes};
use super::diagnostics::Telling;
use super::engine::{Engine, Open};
use super::outbox::{Failure, LogKind, Outbox, Reply};
use super::places::{Buffer, Buffers, Folder, Places};
use super::progress::Progress;
use super::shown::{self, Shown};
use super::view::{Ask, View};
use crate::analysis::Settings;
use crate::config::CONFIG_NAME;
use crate::report::Scrubber;
use crate::workspace::Report;
use jiff::civil::Date;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};

/// Something that happened, with paths below the folder.
#[derive(Debug)]
pub(super) enum Change {
    Text {
        path: String,
        buffer: Buffer,
    },
    Closed(String),
    /// Files on disk; without any, everything may have changed.
    Disk(Vec<String>),
    Wishes(Wishes),
    Today(Date),
    /// Directories that are folders of their own, and show their files themselves.
    Nested(Vec<String>),
}

pub(super) enum Task {
    /// With the number of the change.
    Change(u64, Change),
    Ask(Reply, Ask),
    /// Part of an answer that several folders make up.
    Part(super::gather::Part, Ask),
    /// The folder is gone: so are its diagnostics.
    Stop,
}

/// What a worker begins with.
pub(super) struct Start {
    pub folder: Folder,
    pub client: Arc<Client>,
    pub outbox: Outbox,
    pub tasks: Receiver<Task>,
    /// The number of the newest change, which may still be in the queue.
    pub latest: Arc<AtomicU64>,
    pub wishes: Wishes,
    pub today: Date,
    pub open: Open,
}

pub(super) struct Worker {
    start: Start,
    generation: u64,
    buffers: Buffers,
    nested: Vec<String>,
    loaded: Loaded,
    settings: Settings,
    engine: Option<Box<dyn Engine>>,
    report: Option<Arc<Report>>,
    /// Something has changed since `report`.
    dirty: bool,
    /// Paths whose text the client itself has changed since.
    typed: BTreeSet<String>,
    /// Something else than text of open documents has changed since.
    moved: bool,
    cache: shown::Cache,
    /// Of the secrets in the last report that was whole.
    scrubber: Arc<Scrubber>,
    shown: BTreeMap<String, Shown>,
    told_of_panic: bool,
    /// The first analysis has come to an end; until then it is said to be under way.
    has_settled: bool,
    progress: Option<Progress>,
}

impl Worker {
    pub fn new(start: Start) -> Self {
        Worker {
            start,
            generation: 0,
            buffers: Buffers::new(),
            nested: Vec::new(),
            loaded: Loaded::default(),
            settings: Settings::default(),
            engine: None,
            report: None,
            dirty: true,
            typed: BTreeSet::new(),
            moved: true,
            cache: shown::Cache::default(),
            scrubber: Arc::default(),
            shown: BTreeMap::new(),
            told_of_panic: false,
            has_settled: false,
            progress: None,
        }
    }

    pub fn run(mut self) {
        self.configure();
        loop {
            let task = match self.dirty {
                true => self.start.tasks.try_recv(),
                false => self.start.tasks.recv().map_err(|_| TryRecvError::Disconnected),
            };
            match task {
                Ok(Task::Change(generation, change)) => {
                    self.generation = generation;
                    self.apply(change);
                }
                Ok(Task::Ask(reply, _)) if reply.is_cancelled() => reply.nothing(),
                Ok(Task::Ask(reply, ask)) => match self.answer(ask).transpose() {
                    Some(answer) => reply.give(answer),
                    None => reply.nothing(),
                },
                Ok(Task::Part(part, ask)) => {
                    let answer = self.answer(ask);
                    part.give(answer.map(Option::unwrap_or_default));
                }
                Ok(Task::Stop) | Err(TryRecvError::Disconnected) => return self.show(BTreeMap::new()),
                Err(TryRecvError::Empty) => self.settle(),
            }
        }
    }

    fn is_outdated(&self) -> bool {
        self.start.latest.load(Ordering::SeqCst) > self.generation
    }

    fn apply(&mut self, change: Change) {
        self.dirty = true;
        match change {
            Change::Text { path, buffer } => {
                let text = buffer.text.clone();
                let is_config = is_configuration(&path);
                self.buffers.insert(path.clone(), buffer);
                self.guarded(|engine| engine.set_buffer(&path, text));
                self.typed.insert(path);
                if is_config {
                    self.configure();
                }
            }
            Change::Closed(path) => {
                self.buffers.remove(&path);
                self.guarded(|engine| engine.close_buffer(&path));
                self.moved = true;
                if is_configuration(&path) {
                    self.configure();
                }
            }
            Change::Disk(paths) => {
                self.moved = true;
                let paths = if self.is_about_directories(&paths) { Vec::new() } else { paths };
                if paths.is_empty() || paths.iter().any(|path| !path.ends_with(".tf")) {
                    self.configure();
                }
                self.guarded(|engine| engine.refresh(&paths));
            }
            Change::Wishes(wishes) if wishes == self.start.wishes => {}
            Change::Wishes(wishes) => {
                self.start.wishes = wishes;
                self.moved = true;
                self.configure();
            }
            Change::Nested(nested) => self.nested = nested,
            Change::Today(today) => {
                self.start.today = today;
                self.moved = true;
                self.guarded(|engine| engine.set_today(today));
            }
        }
    }

    /// Of a directory, or of what was one, each file may have changed.
    fn is_about_directories(&self, paths: &[String]) -> bool {
        let root = &self.start.folder.path;
        let (there, gone): (Vec<&String>, Vec<&String>) =
            paths.iter().partition(|path| root.join(path).exists());
        if there.iter().any(|path| root.join(path).is_dir()) {
            return true;
        }
        let Some(report) = self.report.as_ref().filter(|_| !gone.is_empty()) else { return !gone.is_empty() };
        gone.iter().any(|path| report.sources.paths_below(&format!("{path}/")).next().is_some())
    }

    /// Reads the configuration again. One that cannot be used leaves the settings as they are.
    fn configure(&mut self) {
        let root = self.start.folder.path.canonicalize().unwrap_or_else(|_| self.start.folder.path.clone());
        let buffers = &self.buffers;
        let open = |path: &Path| {
            let path = super::uri::relative(&root, path)?;
            buffers.get(&path).map(|buffer| buffer.text.clone())
        };
        let mut loaded = configuration::load(&root, &self.start.wishes, &open);
        for problem in loaded.problems.drain(..) {
            self.start.outbox.log(LogKind::Warning, &problem);
        }
        let is_news = loaded.key != self.loaded.key;
        if let Some(settings) = loaded.settings.take().filter(|_| is_news) {
            self.settings = settings;
            let settings = self.settings.clone();
            self.guarded(|engine| engine.reconfigure(settings));
        }
        self.loaded = loaded;
    }

    /// Opens the folder, with all that is open of it.
    fn engine(&mut self) -> Option<&mut Box<dyn Engine>> {
        if self.engine.is_none() {
            let start = &self.start;
            match (start.open)(&start.folder.path, self.settings.clone(), start.today) {
                Ok(mut engine) => {
                    for (path, buffer) in &self.buffers {
                        engine.set_buffer(path, buffer.text.clone());
                    }
                    self.engine = Some(engine);
                }
                Err(error) => {
                    let text = format!("cannot open {}: {error}", start.folder.path.display());
                    start.outbox.log(LogKind::Warning, &text);
                }
            }
        }
        self.engine.as_mut()
    }

    /// Does something with what analyses. After a panic nobody knows what state that is in, so it is made anew.
    fn guarded<T>(&mut self, work: impl FnOnce(&mut dyn Engine) -> T) -> Option<T> {
        let engine = self.engine.as_mut()?;
        match catch_unwind(AssertUnwindSafe(|| work(&mut **engine))) {
            Ok(done) => Some(done),
            Err(_) => {
                self.engine = None;
                self.tell_of_panic();
                None
            }
        }
    }

    fn tell_of_panic(&mut self) {
        let text =
            "keyward failed on this code, which is a mistake in keyward; it goes on with the next change";
        self.start.outbox.log(LogKind::Error, text);
        if !std::mem::replace(&mut self.told_of_panic, true) {
            self.start.outbox.show(LogKind::Error, text);
        }
    }

    /// Analyses what has changed and shows the result, unless something newer is waiting.
    fn settle(&mut self) {
        let start = &self.start;
        if !self.has_settled && self.progress.is_none() {
            self.progress = Some(Progress::begin(&start.outbox, &start.client, &start.folder));
        }
        let (latest, generation) = (self.start.latest.clone(), self.generation);
        let cancelled = move || latest.load(Ordering::SeqCst) > generation;
        let opened = catch_unwind(AssertUnwindSafe(|| self.engine().is_some()));
        if opened.is_err() {
            self.tell_of_panic();
        }
        // Of a document that nobody waits for, what is said at first would only be said twice.
        let in_parts = !self.start.client.pulls && self.has_settled && !self.moved && !self.typed.is_empty();
        let early = in_parts.then(|| self.guarded(|engine| engine.glance(&cancelled)).flatten()).flatten();
        let report = match early {
            Some(early) if early.left == 0 => Some(early),
            Some(early) => {
                if !self.is_outdated() {
                    self.publish_early(&early);
                }
                self.guarded(|engine| engine.analyse(&cancelled)).flatten()
            }
            None => self.guarded(|engine| engine.analyse(&cancelled)).flatten(),
        };
        if report.is_none() && self.is_outdated() {
            return;
        }
        (self.dirty, self.has_settled, self.progress) = (false, true, None);
        self.report = report;
        if !self.is_outdated() {
            self.publish();
            self.guarded(|engine| engine.prepare(&cancelled));
        }
    }

    /// Tells what is known already of the documents that were typed in. What is said of all others stays. Where less
    /// is known than was shown, the rest is waited for: it may be in what was left out.
    fn publish_early(&mut self, report: &Report) {
        let start = &self.start;
        let (scrubber, typed) = (self.scrubber.clone(), self.typed.clone());
        let made = catch_unwind(AssertUnwindSafe(|| {
            // Where a secret is used may not be known yet: what was one before is not shown either.
            let now = Scrubber::of(&report.sources, &report.redactions);
            let places = Places::new(&report.sources, &start.folder, &self.buffers, start.client.encoding);
            let (client, wishes) = (&*start.client, &start.wishes);
            let telling = Telling { places: &places, client, wishes, scrubber: &now };
            let mut made = shown::of(report, &telling, &typed);
            made.values_mut().for_each(|shown| shown.hide(&scrubber));
            made
        }));
        // Whatever goes wrong here goes wrong again in a moment, and is told then.
        let Ok(made) = made else { return };
        for (path, shown) in made {
            let is_nested = self.nested.iter().any(|dir| super::uri::is_below(&path, dir));
            let says_less = self.shown.get(&path).is_some_and(|before| shown.says_less_than(before));
            if !is_nested && !says_less && self.loaded.broken.is_none() {
                tell(&self.start.outbox, &shown);
                self.shown.insert(path, shown);
            }
        }
    }

    /// Makes the diagnostics of the newest report.
    fn publish(&mut self) {
        let Some(report) = self.report.clone() else {
            // Nothing is known, so that nothing of what was shown can be said to hold.
            return self.show(BTreeMap::new());
        };
        let mut cache = std::mem::take(&mut self.cache);
        let start = &self.start;
        let made = catch_unwind(AssertUnwindSafe(|| {
            let scrubber = Arc::new(Scrubber::of(&report.sources, &report.redactions));
            let places = Places::new(&report.sources, &start.folder, &self.buffers, start.client.encoding);
            let (client, wishes) = (&*start.client, &start.wishes);
            let telling = Telling { places: &places, client, wishes, scrubber: &scrubber };
            let broken = self.loaded.broken.as_ref();
            let made = shown::all(&report, &telling, &scrubber, broken, &mut cache);
            (made, scrubber)
        }));
        self.cache = cache;
        match made {
            Ok((mut made, scrubber)) => {
                self.scrubber = scrubber;
                let nested = &self.nested;
                made.retain(|path, _| !nested.iter().any(|dir| super::uri::is_below(path, dir)));
                self.show(made);
            }
            Err(_) => {
                self.tell_of_panic();
                self.show(BTreeMap::new());
            }
        }
    }

    /// Lets the client know: it is told what has changed, or told to ask.
    fn show(&mut self, now: BTreeMap<String, Shown>) {
        let (typed, moved) = (std::mem::take(&mut self.typed), std::mem::take(&mut self.moved));
        let before = std::mem::replace(&mut self.shown, now);
        let outbox = &self.start.outbox;
        if self.start.client.pulls {
            // Of a document that it has changed itself the client asks without being told.
            let differs = |path: &String| {
                let (then, now) = (before.get(path), self.shown.get(path));
                !typed.contains(path) && then.map(|it| it.id) != now.map(|it| it.id)
            };
            if before.keys().chain(self.shown.keys()).any(differs) {
                outbox.request("workspace/diagnostic/refresh", &Value::Null);
            }
        } else {
            for (path, shown) in &self.shown {
                let then = before.get(path);
                let is_same = then.is_some_and(|then| {
                    then.id == shown.id && then.version == shown.version && then.uri == shown.uri
                });
                let is_news = then.is_some() || shown.version.is_some() || !shown.items.is_empty();
                if !is_same && is_news {
                    tell(outbox, shown);
                }
            }
            for (path, then) in &before {
                let gone = self.shown.get(path).is_none_or(|now| now.uri != then.uri);
                if gone && !then.items.is_empty() {
                    tell(outbox, &Shown { items: Arc::default(), version: None, ..then.clone() });
                }
            }
        }
        if moved && self.start.client.refreshes_lenses && self.start.wishes.code_lens {
            outbox.request("workspace/codeLens/refresh", &Value::Null);
        }
        if moved && self.start.client.refreshes_hints && self.start.wishes.inlay_hints {
            outbox.request("workspace/inlayHint/refresh", &Value::Null);
        }
    }

    /// `None` when nothing is known of the folder.
    fn answer(&mut self, ask: Ask) -> Result<Option<Value>, Failure> {
        if self.dirty {
            self.settle();
        }
        // What has changed since is in the queue behind it.
        if self.dirty || self.is_outdated() {
            return Err(Failure::Modified);
        }
        let (Some(report), Some(engine)) = (self.report.clone(), self.engine.as_mut()) else {
            return Ok(None);
        };
        let start = &self.start;
        let mut view = View {
            engine: &mut **engine,
            report,
            folder: &start.folder,
            buffers: &self.buffers,
            nested: &self.nested,
            client: &start.client,
            wishes: &start.wishes,
            settings: &self.settings,
            today: start.today,
            shown: &self.shown,
        };
        match catch_unwind(AssertUnwindSafe(|| ask(&mut view))) {
            Ok(answer) => answer.map(Some),
            Err(_) => {
                self.engine = None;
                self.dirty = true;
                self.tell_of_panic();
                let text = "keyward failed on this code".to_owned();
                Err(Failure::Because(super::message::INTERNAL_ERROR, text))
            }
        }
    }
}

fn tell(outbox: &Outbox, shown: &Shown) {
    let mut params = json!({ "uri": *shown.uri, "diagnostics": *shown.items });
    if let Some(version) = shown.version {
        params["version"] = version.into();
    }
    outbox.notify("textDocument/publishDiagnostics", &params);
}

fn is_configuration(path: &str) -> bool {
    path.rsplit('/').next() == Some(CONFIG_NAME)
}

#[cfg(test)]
mod tests;
