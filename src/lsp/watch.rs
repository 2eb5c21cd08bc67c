//! Changes on disk: the client is asked to watch, and where it does not, somebody looks from time to time.

use ignore::WalkBuilder;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, SystemTime};

/// How long a change on disk may go unnoticed, where there are not so many files that looking at them is much.
const PAUSE: Duration = Duration::from_secs(2);
/// What a file adds to that where there are very many.
const OF_EACH: Duration = Duration::from_millis(1);

/// What to watch. Any file may be one that an expression reads, and the removal of a directory is told of the
/// directory alone.
pub(super) fn registration() -> Value {
    json!({ "registrations": [{
        "id": "keyward-files",
        "method": "workspace/didChangeWatchedFiles",
        "registerOptions": { "watchers": [{ "globPattern": "**/*" }] },
    }] })
}

/// Looks at a directory again and again until it is dropped.
#[derive(Debug)]
pub(super) struct Poller(#[expect(dead_code, reason = "its end is what the thread waits for")] Sender<()>);

impl Poller {
    pub fn start(root: PathBuf, tell: impl Fn(Vec<String>) + Send + 'static) -> Option<Self> {
        let (alive, end) = channel();
        let thread = std::thread::Builder::new().name("keyward files".to_owned());
        thread.spawn(move || poll(&root, &end, tell)).ok()?;
        Some(Poller(alive))
    }
}

fn poll(root: &Path, end: &Receiver<()>, tell: impl Fn(Vec<String>)) {
    let mut before = stamps(root);
    let pause = |files: &Stamps| PAUSE.max(OF_EACH * u32::try_from(files.len()).unwrap_or(u32::MAX));
    while let Err(RecvTimeoutError::Timeout) = end.recv_timeout(pause(&before)) {
        let now = stamps(root);
        let changed = differences(&before, &now);
        before = now;
        if !changed.is_empty() {
            tell(changed);
        }
    }
}

type Stamps = BTreeMap<String, (Option<SystemTime>, u64)>;

fn stamps(root: &Path) -> Stamps {
    let walker = WalkBuilder::new(root)
        .hidden(false)
        .follow_links(false)
        .require_git(false)
        .filter_entry(|entry| entry.file_name() != ".git" && entry.file_name() != ".terraform")
        .build();
    let files = walker.flatten().filter(|entry| !entry.file_type().is_some_and(|kind| kind.is_dir()));
    let stamp = |entry: ignore::DirEntry| {
        let path = super::uri::relative(root, entry.path())?;
        let meta = std::fs::metadata(entry.path()).ok();
        Some((path, (meta.as_ref().and_then(|it| it.modified().ok()), meta.map_or(0, |it| it.len()))))
    };
    files.filter_map(stamp).collect()
}

fn differences(before: &Stamps, now: &Stamps) -> Vec<String> {
    let gone = before.keys().filter(|path| !now.contains_key(*path));
    let new = now.iter().filter(|(path, stamp)| before.get(*path) != Some(stamp)).map(|(path, _)| path);
    gone.chain(new).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_changed_or_deleted_is_noticed() {
        let temp = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(temp.path().join(name), text).unwrap();
        write("a.tf", "a");
        write("b.tf", "b");
        std::fs::create_dir_all(temp.path().join(".git/x")).unwrap();
        let before = stamps(temp.path());
        write("b.tf", "longer");
        write("c.tf", "");
        write(".git/HEAD", "x");
        std::fs::remove_file(temp.path().join("a.tf")).unwrap();
        assert_eq!(differences(&before, &stamps(temp.path())), ["a.tf", "b.tf", "c.tf"]);
    }
}
