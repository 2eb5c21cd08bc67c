use super::ids::Ids;
use super::{LineIndex, Overlay, Position, Span, Tree};
use crate::diagnostic::Gap;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Number of a file in its [`SourceMap`]. Numbers are in the order of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct FileId(pub u32);

/// What a file holds, decided by its name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// `.tf`, `.tofu`
    Hcl,
    /// `.tf.json`, `.tofu.json`
    Json,
    /// `.tfvars`
    Vars,
    /// `.tfvars.json`
    VarsJson,
    /// Read by an expression (`file`, `templatefile`) or for ownership (CODEOWNERS, roster).
    Other,
}

impl FileKind {
    /// Values of variables.
    pub fn is_vars(self) -> bool {
        matches!(self, FileKind::Vars | FileKind::VarsJson)
    }

    pub fn of(name: &str) -> Option<Self> {
        let has = |suffix: &str| name.len() > suffix.len() && name.ends_with(suffix);
        if has(".tfvars.json") {
            Some(FileKind::VarsJson)
        } else if has(".tf.json") || has(".tofu.json") {
            Some(FileKind::Json)
        } else if has(".tfvars") {
            Some(FileKind::Vars)
        } else if has(".tf") || has(".tofu") {
            Some(FileKind::Hcl)
        } else {
            None
        }
    }
}

/// One file as text. Offsets are those of the bytes on disk: a byte order mark stays in place, and a byte
/// that is not UTF-8 is replaced by one `?`, so that nothing moves.
#[derive(Clone, Debug)]
pub struct SourceFile {
    pub id: FileId,
    /// Relative to the scanned root, with `/`: what users see.
    pub path: String,
    /// In the paths of its [`Tree`].
    pub absolute: PathBuf,
    pub kind: FileKind,
    pub text: Arc<str>,
    pub lines: LineIndex,
    /// How many bytes were not UTF-8, and where the first one was.
    pub invalid_utf8: Option<(usize, usize)>,
    /// By word, whether it is in the text.
    words: [OnceLock<bool>; 2],
}

/// Words that are looked for in every file whenever anything is asked of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// An output of a module is taken.
    Module,
    /// A comment may be a waiver.
    Waiver,
}

impl Word {
    pub fn text(self) -> &'static str {
        match self {
            Word::Module => "module.",
            Word::Waiver => "keyward:",
        }
    }
}

impl SourceFile {
    /// Whether a word stands anywhere in it.
    pub fn has(&self, word: Word) -> bool {
        let known = &self.words[word as usize];
        *known.get_or_init(|| memchr::memmem::find(self.text.as_bytes(), word.text().as_bytes()).is_some())
    }

    pub fn new(id: FileId, path: String, absolute: PathBuf, kind: FileKind, bytes: Vec<u8>) -> Self {
        let (text, invalid_utf8) = decode(bytes);
        let lines = LineIndex::new(&text);
        let words = Default::default();
        SourceFile { id, path, absolute, kind, text: text.into(), lines, invalid_utf8, words }
    }

    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Directory part of `path`, empty for the scanned root itself.
    pub fn dir(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(dir, _)| dir)
    }

    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    pub fn position(&self, offset: u32) -> Position {
        self.lines.position_chars(&self.text, offset as usize)
    }
}

fn decode(bytes: Vec<u8>) -> (String, Option<(usize, usize)>) {
    match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let first = error.utf8_error().valid_up_to();
            let mut bytes = error.into_bytes();
            let mut at = 0;
            let mut count = 0;
            while let Err(error) = std::str::from_utf8(&bytes[at..]) {
                let start = at + error.valid_up_to();
                let end = error.error_len().map_or(bytes.len(), |len| start + len);
                bytes[start..end].fill(b'?');
                count += end - start;
                at = end;
            }
            (String::from_utf8_lossy(&bytes).into_owned(), Some((count, first)))
        }
    }
}

/// All files of one analysis, by id. Terraform files are read at once; other files below the root are
/// listed, and read only when an expression names them.
#[derive(Debug)]
pub struct SourceMap {
    /// By id. Where two revisions are compared, each lacks the files of which only the other has such content.
    slots: Vec<Slot>,
    /// The ids of the slots, in order, where they are not their places.
    numbers: Option<Vec<FileId>>,
    files: usize,
    others: usize,
    ids: Arc<Ids>,
    /// Stands in for files that are not part of the analysis, such as those given by `-var-file`.
    elsewhere: Arc<SourceFile>,
    pub root: PathBuf,
    tree: Tree,
    overlay: Overlay,
}

#[derive(Debug)]
enum Slot {
    Absent,
    File(Arc<SourceFile>),
    Other(Other),
}

#[derive(Debug)]
struct Other {
    place: Arc<Place>,
    /// As it was read before, for whoever names it.
    known: Option<Arc<SourceFile>>,
    content: OnceLock<Result<Arc<SourceFile>, String>>,
}

/// Where a file is: as users see it, and in the paths of the tree.
#[derive(Debug)]
pub(super) struct Place {
    pub path: String,
    pub absolute: PathBuf,
}

/// What a map has under an id.
pub(super) enum Numbered {
    File(Arc<SourceFile>),
    Other(FileId, Arc<Place>, Option<Arc<SourceFile>>),
}

impl Slot {
    /// Its file, as far as it was read.
    fn file(&self) -> Option<&Arc<SourceFile>> {
        match self {
            Slot::Absent => None,
            Slot::File(file) => Some(file),
            Slot::Other(other) => other.content.get()?.as_ref().ok(),
        }
    }
}

impl SourceMap {
    /// `root` is the scanned directory of `tree`.
    pub fn new(root: PathBuf, tree: Tree, overlay: Overlay) -> Self {
        let elsewhere =
            SourceFile::new(Span::NOWHERE.file, String::new(), PathBuf::new(), FileKind::Other, Vec::new());
        SourceMap {
            slots: Vec::new(),
            numbers: None,
            files: 0,
            others: 0,
            ids: Arc::default(),
            elsewhere: Arc::new(elsewhere),
            root,
            tree,
            overlay,
        }
    }

    /// A map of files that have their ids already, in the order of these. `ids` are those of all paths.
    pub(super) fn numbered(
        (root, tree, overlay): (PathBuf, Tree, Overlay),
        ids: Arc<Ids>,
        files: impl Iterator<Item = Numbered>,
    ) -> Self {
        let mut map = SourceMap { ids, ..SourceMap::new(root, tree, overlay) };
        let mut numbers = Vec::new();
        for file in files {
            match file {
                Numbered::File(file) => {
                    numbers.push(file.id);
                    map.files += 1;
                    map.slots.push(Slot::File(file));
                }
                Numbered::Other(id, place, known) => {
                    numbers.push(id);
                    map.others += 1;
                    map.slots.push(Slot::Other(Other { place, known, content: OnceLock::new() }));
                }
            }
        }
        map.numbers = Some(numbers);
        map
    }

    /// Where the files are.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The bytes of a file as the analysis sees them, whether or not it is part of the scan.
    pub fn read(&self, path: &Path) -> Result<Vec<u8>, Gap> {
        match self.overlay.get(path) {
            Some(bytes) => Ok(bytes.to_vec()),
            None => self.tree.read(path),
        }
    }

    pub fn add(&mut self, path: String, absolute: PathBuf, kind: FileKind, bytes: Vec<u8>) -> FileId {
        let id = self.next();
        self.share(Arc::new(SourceFile::new(id, path, absolute, kind, bytes)));
        id
    }

    fn next(&self) -> FileId {
        FileId(self.slots.len() as u32)
    }

    /// Adds a file that another map has under the next id.
    pub(super) fn share(&mut self, file: Arc<SourceFile>) {
        Arc::make_mut(&mut self.ids).insert(file.path.clone(), file.id);
        self.files += 1;
        self.slots.push(Slot::File(file));
    }

    /// Leaves out an id under which another map has a file.
    pub(super) fn skip(&mut self) {
        self.slots.push(Slot::Absent);
    }

    /// Lists a file that expressions may read.
    pub fn list(&mut self, path: String, absolute: PathBuf) {
        let id = self.next();
        Arc::make_mut(&mut self.ids).insert(path.clone(), id);
        self.others += 1;
        let place = Arc::new(Place { path, absolute });
        self.slots.push(Slot::Other(Other { place, known: None, content: OnceLock::new() }));
    }

    /// Reads a listed file, once. `None` when it is not listed.
    pub fn load(&self, path: &str) -> Option<Result<&Arc<SourceFile>, &str>> {
        let id = self.ids.get(path)?;
        match self.slot(id)? {
            Slot::Absent => None,
            Slot::File(file) => Some(Ok(file)),
            Slot::Other(other) => {
                let content = other.content.get_or_init(|| {
                    if let Some(known) = &other.known {
                        return Ok(known.clone());
                    }
                    let Place { path, absolute } = &*other.place;
                    let bytes = self.read(absolute).map_err(|gap| gap.message)?;
                    let (path, absolute) = (path.clone(), absolute.clone());
                    Ok(Arc::new(SourceFile::new(id, path, absolute, FileKind::Other, bytes)))
                });
                Some(content.as_ref().map_err(String::as_str))
            }
        }
    }

    /// The Terraform file at a path.
    pub fn file(&self, path: &str) -> Option<&Arc<SourceFile>> {
        match self.slot(self.ids.get(path)?)? {
            Slot::File(file) => Some(file),
            _ => None,
        }
    }

    /// The Terraform files of a directory, in order.
    pub fn in_dir(&self, dir: &str) -> impl Iterator<Item = &Arc<SourceFile>> {
        self.ids.in_dir(dir).iter().filter_map(|id| match self.slot(*id)? {
            Slot::File(file) => Some(file),
            _ => None,
        })
    }

    /// Which files there are, under which numbers.
    pub fn listing(&self) -> Listing {
        Listing(self.ids.clone())
    }

    /// The place of a Terraform file among all of them, in a map of files that had their ids already.
    pub fn place(&self, id: FileId) -> Option<usize> {
        self.numbers.as_ref()?.binary_search(&id).ok().filter(|at| *at < self.files)
    }

    fn slot(&self, id: FileId) -> Option<&Slot> {
        match &self.numbers {
            None => self.slots.get(id.0 as usize),
            Some(numbers) => self.slots.get(numbers.binary_search(&id).ok()?),
        }
    }

    /// Other files that were read.
    pub fn loaded(&self) -> impl Iterator<Item = &Arc<SourceFile>> {
        self.slots.iter().filter_map(|slot| match slot {
            Slot::Other(_) => slot.file(),
            _ => None,
        })
    }

    /// Whether a file below the root exists, Terraform or not.
    pub fn listed(&self, path: &str) -> bool {
        self.ids.contains(path)
    }

    /// How many files there are below the root, Terraform or not.
    pub fn count(&self) -> usize {
        self.files + self.others
    }

    /// Paths of every file that begin with `prefix`, in order.
    pub fn paths_below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.ids.from(prefix).take_while(move |path| path.starts_with(prefix))
    }

    /// The file of a span; an empty one for a span that is in no file of the analysis.
    pub fn get(&self, id: FileId) -> &Arc<SourceFile> {
        self.find(id).unwrap_or(&self.elsewhere)
    }

    /// Like [`SourceMap::get`] for an id that may be of no file.
    pub fn find(&self, id: FileId) -> Option<&Arc<SourceFile>> {
        self.slot(id)?.file()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<SourceFile>> {
        self.slots.iter().filter_map(|slot| match slot {
            Slot::File(file) => Some(file),
            _ => None,
        })
    }

    pub fn len(&self) -> usize {
        self.files
    }

    pub fn is_empty(&self) -> bool {
        self.files == 0
    }

    pub fn text(&self, span: Span) -> &str {
        self.get(span.file).slice(span)
    }

    pub fn by_path(&self, path: &Path) -> Option<&Arc<SourceFile>> {
        self.iter().find(|file| file.absolute == path)
    }

    /// `path` as users see it: below the scanned root, with `/`.
    pub fn display_path(&self, path: &Path) -> String {
        super::discover::display_path(&self.root, path)
    }

    /// `path:line:column`, counted from one.
    pub fn locate(&self, span: Span) -> String {
        let file = self.get(span.file);
        let at = file.position(span.start);
        format!("{}:{}:{}", file.path, at.line + 1, at.column + 1)
    }

    /// `path:line`, counted from one.
    pub fn file_line(&self, span: Span) -> String {
        let file = self.get(span.file);
        format!("{}:{}", file.path, file.position(span.start).line + 1)
    }
}

/// Names what is listed, and not what the files hold: it is equal as long as no file comes or goes.
#[derive(Clone, Debug)]
pub struct Listing(Arc<Ids>);

impl PartialEq for Listing {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Default for SourceMap {
    fn default() -> Self {
        SourceMap::new(PathBuf::new(), Tree::Disk(PathBuf::new()), Overlay::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_bytes_keep_their_place() {
        let (text, invalid) = decode(b"a = \"\xff\xfe\"\nb".to_vec());
        assert_eq!(text, "a = \"??\"\nb");
        assert_eq!(invalid, Some((2, 5)));
    }

    #[test]
    fn kinds_follow_the_longest_suffix() {
        assert_eq!(FileKind::of("a.tf.json"), Some(FileKind::Json));
        assert_eq!(FileKind::of("x.auto.tfvars.json"), Some(FileKind::VarsJson));
        assert_eq!(FileKind::of("main.tofu"), Some(FileKind::Hcl));
        assert_eq!(FileKind::of("package.json"), None);
        assert_eq!(FileKind::of(".tf"), None);
    }
}
