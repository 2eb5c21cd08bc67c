//! The files of the base branch, without a clone: taken from the checkout where it has the same bytes, downloaded where
//! not.

use super::blob_id;
use crate::config::CONFIG_NAME;
use crate::forge::{Client, Entry, Error, Kind, Tree as Listing};
use crate::owners::CODEOWNERS_PLACES;
use crate::source::{BlobError, Blobs, FileKind, Item, MAX_FILE_BYTES, Snapshot};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Files that are downloaded for one run.
const MAX_DOWNLOADS: usize = 5_000;

/// Contents by id, and those that were asked for and are not here yet.
#[derive(Debug, Default)]
struct Store {
    checkout: Option<PathBuf>,
    /// Paths in the checkout that may hold a blob.
    paths: HashMap<String, Vec<String>>,
    have: Mutex<HashMap<String, Vec<u8>>>,
    missing: Mutex<BTreeSet<String>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store {
    /// The bytes of a file of the checkout, if they are those of the blob.
    fn local(&self, blob: &str) -> Option<Vec<u8>> {
        let checkout = self.checkout.as_ref()?;
        self.paths.get(blob)?.iter().find_map(|path| {
            let path = checkout.join(path);
            let meta = std::fs::symlink_metadata(&path).ok()?;
            if !meta.is_file() || meta.len() > MAX_FILE_BYTES {
                return None;
            }
            let bytes = std::fs::read(&path).ok()?;
            (blob_id(&bytes) == blob).then_some(bytes)
        })
    }

    fn get(&self, blob: &str) -> Option<Vec<u8>> {
        if let Some(bytes) = locked(&self.have).get(blob) {
            return Some(bytes.clone());
        }
        let bytes = self.local(blob)?;
        locked(&self.have).insert(blob.to_owned(), bytes.clone());
        Some(bytes)
    }
}

impl Blobs for Store {
    fn read(&self, blob: &str, limit: u64) -> Result<Vec<u8>, BlobError> {
        match self.get(blob) {
            Some(bytes) if bytes.len() as u64 > limit => Err(BlobError::TooLarge(bytes.len() as u64)),
            Some(bytes) => Ok(bytes),
            None => {
                locked(&self.missing).insert(blob.to_owned());
                Err(BlobError::Unreadable("it was not downloaded".to_owned()))
            }
        }
    }
}

/// A revision on GitHub.
#[derive(Debug)]
pub struct Remote {
    pub files: Arc<Snapshot>,
    store: Arc<Store>,
    modes: HashMap<String, String>,
    sizes: HashMap<String, u64>,
    downloads: usize,
}

impl Remote {
    /// All that is needed to begin with. `checkout` is the top of a clone.
    pub fn new(
        client: &Client,
        listing: &Listing,
        scope: &str,
        checkout: Option<&Path>,
    ) -> Result<Self, Error> {
        let mut items = BTreeMap::new();
        let mut paths: HashMap<String, Vec<String>> = HashMap::new();
        let (mut modes, mut sizes) = (HashMap::new(), HashMap::new());
        for entry in listing.entries.iter().filter(|entry| is_plain(&entry.path)) {
            let blob = entry.sha.clone();
            let item = match entry.mode.as_str() {
                "120000" => Item::Link { blob },
                "160000" => Item::Submodule,
                _ if entry.is_file() => Item::File { blob },
                _ => continue,
            };
            paths.entry(entry.sha.clone()).or_default().push(entry.path.clone());
            sizes.insert(entry.sha.clone(), entry.size.unwrap_or(0));
            modes.insert(entry.path.clone(), entry.mode.clone());
            items.insert(entry.path.clone(), item);
        }
        let store = Arc::new(Store { checkout: checkout.map(Path::to_path_buf), paths, ..Store::default() });
        let first: Vec<&Entry> = listing.entries.iter().filter(|entry| is_needed(entry, scope)).collect();
        let files = Arc::new(Snapshot::new(items, store.clone()));
        let mut remote = Remote { files, store, modes, sizes, downloads: 0 };
        let wanted = first
            .iter()
            .map(|entry| entry.sha.clone())
            .filter(|sha| remote.store.get(sha).is_none())
            .collect();
        remote.download(client, wanted)?;
        Ok(remote)
    }

    /// Brings what an analysis asked for in vain. False when there was nothing.
    pub fn bring_missing(&mut self, client: &Client) -> Result<bool, Error> {
        let missing = std::mem::take(&mut *locked(&self.store.missing));
        let any = !missing.is_empty();
        self.download(client, missing)?;
        Ok(any)
    }

    fn download(&mut self, client: &Client, wanted: BTreeSet<String>) -> Result<(), Error> {
        let fits = |sha: &String| self.sizes.get(sha).is_none_or(|size| *size <= MAX_FILE_BYTES);
        let wanted: Vec<String> = wanted.into_iter().filter(fits).collect();
        self.downloads += wanted.len();
        if self.downloads > MAX_DOWNLOADS {
            let message = format!(
                "{} files would have to be downloaded, over the limit of {MAX_DOWNLOADS}",
                self.downloads
            );
            return Err(Error::new(
                Kind::Input,
                message,
                "run keyward in a checkout of the base branch, or on one directory",
            ));
        }
        let brought = client.blobs(&wanted)?;
        locked(&self.store.have).extend(brought);
        Ok(())
    }

    /// How many files did not come from the checkout.
    pub fn downloads(&self) -> usize {
        self.downloads
    }

    pub fn mode(&self, path: &str) -> String {
        self.modes.get(path).cloned().unwrap_or_else(|| "100644".to_owned())
    }
}

/// Neither absolute nor with a way upwards: git makes no such trees, but an answer could.
fn is_plain(path: &str) -> bool {
    !path.is_empty() && !path.split('/').any(|part| matches!(part, "" | "." | ".."))
}

/// Terraform below the scanned directory, links, and what says how to read it.
fn is_needed(entry: &Entry, scope: &str) -> bool {
    let name = entry.path.rsplit('/').next().unwrap_or_default();
    let inside = scope.is_empty() || entry.path.strip_prefix(scope).is_some_and(|rest| rest.starts_with('/'));
    if entry.mode == "120000" {
        return true;
    }
    let terraform = inside && FileKind::of(name).is_some();
    let about = name == CONFIG_NAME || CODEOWNERS_PLACES.contains(&entry.path.as_str());
    entry.is_file() && (terraform || about)
}
