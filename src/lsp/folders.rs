//! The folders of the editor, each with its worker.

use super::client::Client;
use super::configuration::Wishes;
use super::documents::Document;
use super::engine::Open;
use super::outbox::{LogKind, Outbox, Reply};
use super::places::{Buffer, Folder};
use super::uri;
use super::view::Ask;
use super::watch::Poller;
use super::worker::{Change, Start, Task, Worker};
use jiff::civil::Date;
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

/// One folder from outside.
struct Handle {
    folder: Folder,
    /// With links resolved: editors name files by either.
    real: PathBuf,
    tasks: Sender<Task>,
    latest: Arc<AtomicU64>,
    /// The editor knows nothing of it: it is there as long as a document of it is open.
    for_documents: bool,
    wishes: Wishes,
    /// Folders inside of this one, which show their files themselves.
    nested: Vec<String>,
    /// Looks for changes on disk, where the client does not.
    _poller: Option<Poller>,
    thread: JoinHandle<()>,
}

/// What every worker begins with.
pub(super) struct Folders {
    all: Vec<Handle>,
    pub client: Arc<Client>,
    outbox: Outbox,
    open: Open,
    today: Date,
}

impl Folders {
    pub fn new(client: Arc<Client>, outbox: Outbox, open: Open, today: Date) -> Self {
        Folders { all: Vec::new(), client, outbox, open, today }
    }

    /// Starts to look at a folder. `false` when it is none, or is known already.
    pub fn add(&mut self, uri: &str, wishes: &Wishes, for_documents: bool) -> bool {
        let Some(path) = uri::path_of(uri) else { return false };
        if self.all.iter().any(|handle| handle.folder.path == path) {
            return false;
        }
        let (tasks, queue) = channel();
        let latest = Arc::new(AtomicU64::new(0));
        let folder = Folder { uri: uri.trim_end_matches('/').to_owned(), path: path.clone() };
        let real = path.canonicalize().unwrap_or(path);
        let worker = Start {
            folder: folder.clone(),
            client: self.client.clone(),
            outbox: self.outbox.clone(),
            tasks: queue,
            latest: latest.clone(),
            wishes: wishes.clone(),
            today: self.today,
            open: self.open,
        };
        let thread = std::thread::Builder::new().name(format!("keyward {}", folder.uri));
        let outbox = self.outbox.clone();
        let run = move || {
            if catch_unwind(AssertUnwindSafe(|| Worker::new(worker).run())).is_err() {
                let text =
                    "keyward no longer looks at a folder, which is a mistake in keyward; start it again";
                outbox.show(LogKind::Error, text);
            }
        };
        let Ok(thread) = thread.spawn(run) else { return false };
        let poller = (!self.client.watches).then(|| {
            let (tasks, latest) = (tasks.clone(), latest.clone());
            Poller::start(real.clone(), move |paths| send(&tasks, &latest, Change::Disk(paths)))
        });
        let wishes = wishes.clone();
        let _poller = poller.flatten();
        let nested = Vec::new();
        self.all.push(Handle { folder, real, tasks, latest, for_documents, wishes, nested, _poller, thread });
        self.arrange();
        true
    }

    /// Tells each folder which others are inside of it.
    fn arrange(&mut self) {
        let paths: Vec<PathBuf> = self.all.iter().map(|handle| handle.real.clone()).collect();
        for handle in &mut self.all {
            let inside = paths.iter().filter_map(|path| uri::relative(&handle.real, path));
            let nested: Vec<String> = inside.filter(|path| !path.is_empty()).collect();
            if handle.nested != nested {
                handle.nested.clone_from(&nested);
                handle.change(Change::Nested(nested));
            }
        }
    }

    /// Lets go of folders that were there for a document and are part of another one now.
    pub fn tidy(&mut self) {
        let is_inside = |handle: &&Handle| {
            let mut others = self.all.iter().filter(|other| other.real != handle.real);
            handle.for_documents && others.any(|other| handle.real.starts_with(&other.real))
        };
        let gone: Vec<String> = self.all.iter().filter(is_inside).map(|it| it.folder.uri.clone()).collect();
        gone.iter().for_each(|uri| self.remove(uri));
    }

    pub fn remove(&mut self, uri: &str) {
        let path = uri::path_of(uri);
        let Some(at) = self.all.iter().position(|handle| Some(&handle.folder.path) == path.as_ref()) else {
            return;
        };
        stop(self.all.remove(at));
        self.arrange();
    }

    /// Ends everything that is under way.
    pub fn close(&mut self) {
        for handle in std::mem::take(&mut self.all) {
            // An analysis that nobody waits for is ended by a change that never comes.
            handle.latest.store(u64::MAX, Ordering::SeqCst);
        }
    }

    /// The folders of a file with its path there, the innermost first.
    fn of(&self, path: &Path) -> Vec<(&Handle, String)> {
        let below = |path: &Path| {
            let inside = self.all.iter().filter_map(|handle| {
                let found = uri::relative(&handle.folder.path, path);
                Some((handle, found.or_else(|| uri::relative(&handle.real, path))?))
            });
            let mut inside: Vec<_> = inside.collect();
            inside.sort_by_key(|(_, relative)| relative.len());
            inside
        };
        let found = below(path);
        match found.is_empty() {
            false => found,
            true => path.canonicalize().map(|path| below(&path)).unwrap_or_default(),
        }
    }

    /// The text of a document is new. One that is in no folder gets its directory as one.
    pub fn text(&mut self, document: &Document, wishes: &Wishes) {
        let Some(path) = &document.path else { return };
        if self.of(path).is_empty() {
            let Some(dir) = path.parent().filter(|dir| is_project(dir)) else { return };
            self.add(&uri::of_path(dir), wishes, true);
        }
        for (handle, path) in self.of(path) {
            let (uri, version, text) = (document.uri.clone(), document.version, document.text.clone());
            handle.change(Change::Text { path, buffer: Buffer { uri, version, text } });
        }
    }

    /// A document was closed; `open` are those that still are.
    pub fn closed<'d>(&mut self, document: &Document, open: &(impl Iterator<Item = &'d Document> + Clone)) {
        let Some(path) = &document.path else { return };
        let mut unused = Vec::new();
        for (handle, relative) in self.of(path) {
            handle.change(Change::Closed(relative));
            let mut others = open.clone().filter_map(|document| document.path.as_ref());
            if handle.for_documents && !others.any(|path| path.starts_with(&handle.folder.path)) {
                unused.push(handle.folder.uri.clone());
            }
        }
        unused.iter().for_each(|uri| self.remove(uri));
    }

    /// Files have changed on disk.
    pub fn disk(&self, paths: &[PathBuf]) {
        for handle in &self.all {
            let mut below = Vec::new();
            for path in paths {
                let found = uri::relative(&handle.folder.path, path);
                below.extend(found.or_else(|| uri::relative(&handle.real, path)));
            }
            below.retain(|path| is_ours(path));
            if !below.is_empty() {
                handle.change(Change::Disk(below));
            }
        }
    }

    pub fn everything(&self) {
        self.all.iter().for_each(|handle| handle.change(Change::Disk(Vec::new())));
    }

    pub fn today(&mut self, today: Date) {
        if self.today != today {
            self.today = today;
            self.all.iter().for_each(|handle| handle.change(Change::Today(today)));
        }
    }

    /// The addresses of all folders, in order.
    pub fn uris(&self) -> Vec<String> {
        self.all.iter().map(|handle| handle.folder.uri.clone()).collect()
    }

    /// Settings for a folder.
    pub fn wish(&mut self, uri: &str, wishes: &Wishes) {
        for handle in self.all.iter_mut().filter(|handle| handle.folder.uri == uri) {
            if handle.wishes != *wishes {
                handle.wishes = wishes.clone();
                handle.change(Change::Wishes(wishes.clone()));
            }
        }
    }

    /// Asks the folder of a document. Nobody knows anything of a document in none.
    pub fn ask(&self, path: Option<&Path>, reply: Reply, ask: impl FnOnce(String) -> Ask) {
        match path.and_then(|path| self.of(path).into_iter().next()) {
            Some((handle, path)) => handle.send(Task::Ask(reply, ask(path))),
            None => reply.nothing(),
        }
    }

    /// Asks all folders; what they answer are arrays, of which one is made together with what is known.
    pub fn ask_all(
        &self,
        reply: Reply,
        known: Vec<Value>,
        whole: fn(Vec<Value>) -> Value,
        ask: impl Fn() -> Ask,
    ) {
        let part = super::gather::Part::new(reply, known, whole);
        for handle in &self.all {
            handle.send(Task::Part(part.clone(), ask()));
        }
    }

    /// Asks the only folder, or the one that has this address.
    pub fn ask_folder(&self, uri: Option<&str>, reply: Reply, ask: Ask) {
        let named = |handle: &&Handle| uri.is_none_or(|uri| handle.folder.uri == uri.trim_end_matches('/'));
        match self.all.iter().find(named) {
            Some(handle) => handle.send(Task::Ask(reply, ask)),
            None => reply.nothing(),
        }
    }
}

impl Handle {
    fn change(&self, change: Change) {
        send(&self.tasks, &self.latest, change);
    }

    fn send(&self, task: Task) {
        // A worker that is gone drops the task, which answers what was asked.
        let _ = self.tasks.send(task);
    }
}

/// The number goes first, so that an analysis of what is older ends at once.
fn send(tasks: &Sender<Task>, latest: &AtomicU64, change: Change) {
    let generation = latest.fetch_add(1, Ordering::SeqCst) + 1;
    let _ = tasks.send(Task::Change(generation, change));
}

fn stop(handle: Handle) {
    handle.latest.fetch_add(1, Ordering::SeqCst);
    let _ = handle.tasks.send(Task::Stop);
    // Its diagnostics are taken back before anything that follows.
    let _ = handle.thread.join();
}

/// Whether a change of a file can matter: what git keeps and what providers are is never read.
fn is_ours(path: &str) -> bool {
    let mut parts =
        path.split('/').skip_while(|part| !matches!(*part, ".git" | ".terraform" | "node_modules"));
    match parts.next() {
        None => true,
        Some(".terraform") => parts.next() == Some("modules"),
        Some(_) => false,
    }
}

/// Whether a directory may be looked at because of one file in it. Everything that somebody has is no project.
fn is_project(dir: &Path) -> bool {
    let is_home = std::env::home_dir().is_some_and(|home| dir == home);
    dir.is_dir() && dir.parent().is_some() && !is_home && dir != std::env::temp_dir()
}
