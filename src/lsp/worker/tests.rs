use super::*;
use crate::identity::Model;
use crate::workspace::Workspace;
use std::sync::mpsc::{Sender, channel};

/// Fails on what says so, and takes its time with the rest.
struct Odd {
    texts: BTreeMap<String, Arc<str>>,
    analyses: Arc<AtomicU64>,
    /// Reports that there is nothing.
    empty: Workspace,
}

static ANALYSES: std::sync::Mutex<Vec<(std::path::PathBuf, Arc<AtomicU64>)>> =
    std::sync::Mutex::new(Vec::new());

fn odd(path: &Path, settings: Settings, today: Date) -> std::io::Result<Box<dyn Engine>> {
    let known = ANALYSES.lock().unwrap();
    let analyses = known.iter().find(|(of, _)| of == path).unwrap().1.clone();
    let empty = Workspace::open(path, settings, today)?;
    Ok(Box::new(Odd { texts: BTreeMap::new(), analyses, empty }))
}

impl Engine for Odd {
    fn set_buffer(&mut self, path: &str, text: Arc<str>) {
        self.texts.insert(path.to_owned(), text);
    }
    fn close_buffer(&mut self, _: &str) {}
    fn refresh(&mut self, _: &[String]) {}
    fn reconfigure(&mut self, _: Settings) {}
    fn set_today(&mut self, _: Date) {}
    fn analyse(&mut self, cancelled: &(dyn Fn() -> bool + Sync)) -> Option<Arc<Report>> {
        assert!(!self.texts.values().any(|text| text.contains("panic")), "secret");
        for _ in 0..200 {
            if cancelled() {
                return None;
            }
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        self.analyses.fetch_add(1, Ordering::SeqCst);
        self.empty.analyse(&|| false)
    }
    fn glance(&mut self, cancelled: &(dyn Fn() -> bool + Sync)) -> Option<Arc<Report>> {
        self.analyse(cancelled)
    }
    fn prepare(&mut self, _: &(dyn Fn() -> bool + Sync)) {}
    fn models_of(&mut self, _: &str) -> Vec<Arc<Model>> {
        panic!("secret")
    }
}

struct Running {
    tasks: Sender<Task>,
    latest: Arc<AtomicU64>,
    analyses: Arc<AtomicU64>,
    outbox: Outbox,
    requests: super::super::outbox::Requests,
    writing: super::super::outbox::Writing,
    thread: std::thread::JoinHandle<()>,
    _temp: tempfile::TempDir,
}

fn start() -> Running {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().canonicalize().unwrap();
    let analyses = Arc::new(AtomicU64::new(0));
    ANALYSES.lock().unwrap().push((path.clone(), analyses.clone()));
    let (outbox, writing) = Outbox::new();
    let (tasks, queue) = channel();
    let latest = Arc::new(AtomicU64::new(0));
    let start = Start {
        folder: Folder { uri: "file:///root".into(), path },
        client: Arc::default(),
        outbox: outbox.clone(),
        tasks: queue,
        latest: latest.clone(),
        wishes: Wishes::default(),
        today: jiff::civil::date(2026, 11, 22),
        open: odd,
    };
    let thread = std::thread::spawn(move || Worker::new(start).run());
    let requests = Default::default();
    Running { tasks, latest, analyses, outbox, requests, writing, thread, _temp: temp }
}

impl Running {
    fn text(&self, version: i32, text: &str) {
        let generation = self.latest.fetch_add(1, Ordering::SeqCst) + 1;
        let buffer = Buffer { uri: "file:///root/a.tf".into(), version, text: text.into() };
        self.tasks.send(Task::Change(generation, Change::Text { path: "a.tf".into(), buffer })).unwrap();
    }

    fn ask(&self, id: i32, ask: Ask) {
        let reply = self.requests.begin(id.into(), &self.outbox);
        self.tasks.send(Task::Ask(reply, ask)).unwrap();
    }

    /// Everything that was said.
    fn end(self) -> String {
        self.tasks.send(Task::Stop).unwrap();
        self.thread.join().unwrap();
        self.outbox.close();
        let mut said = Vec::new();
        self.writing.run(&mut said);
        String::from_utf8(said).unwrap()
    }
}

#[test]
fn a_failure_is_told_once_and_the_next_change_is_looked_at() {
    let running = start();
    for version in 1..4 {
        running.text(version, "panic");
        running.ask(version, Box::new(|_| Ok("unexpected".into())));
    }
    running.text(4, "fine");
    running.ask(4, Box::new(|_| Ok("expected".into())));
    running.ask(5, Box::new(|view| Ok(view.engine.models_of("a.tf").len().into())));
    running.ask(6, Box::new(|_| Ok("again".into())));
    let said = running.end();
    assert_eq!(said.matches("window/showMessage").count(), 1, "{said}");
    assert!(said.contains("expected") && !said.contains("unexpected") && said.contains("again"), "{said}");
    assert!(said.contains("\"id\":5,\"error\"") && !said.contains("secret"), "{said}");
}

#[test]
fn what_is_newer_ends_what_is_older() {
    let running = start();
    for version in 1..100 {
        running.text(version, "fine");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    running.ask(1, Box::new(|_| Ok("done".into())));
    while running.requests.is_busy() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let analyses = running.analyses.load(Ordering::SeqCst);
    assert!(analyses < 10, "{analyses}");
    let said = running.end();
    assert!(said.contains("\"version\":99") && said.contains("done"), "{said}");
}

#[test]
fn a_question_about_a_text_that_has_changed_is_not_answered() {
    let running = start();
    running.text(1, "fine");
    running.ask(1, Box::new(|_| Ok("too late".into())));
    running.text(2, "fine");
    let said = running.end();
    assert!(said.contains("-32801") && !said.contains("too late"), "{said}");
}
