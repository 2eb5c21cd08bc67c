use super::{LineIndex, Position, Span};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Index of a file in its [`SourceMap`].
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
    pub absolute: PathBuf,
    pub kind: FileKind,
    pub text: Arc<str>,
    pub lines: LineIndex,
    /// How many bytes were not UTF-8, and where the first one was.
    pub invalid_utf8: Option<(usize, usize)>,
}

impl SourceFile {
    pub fn new(id: FileId, path: String, absolute: PathBuf, kind: FileKind, bytes: Vec<u8>) -> Self {
        let (text, invalid_utf8) = decode(bytes);
        let lines = LineIndex::new(&text);
        SourceFile { id, path, absolute, kind, text: text.into(), lines, invalid_utf8 }
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

/// All files of one analysis, by id.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<Arc<SourceFile>>,
    pub root: PathBuf,
}

impl SourceMap {
    pub fn new(root: PathBuf) -> Self {
        SourceMap { files: Vec::new(), root }
    }

    pub fn add(&mut self, path: String, absolute: PathBuf, kind: FileKind, bytes: Vec<u8>) -> FileId {
        let id = FileId(self.files.len() as u32);
        self.files.push(Arc::new(SourceFile::new(id, path, absolute, kind, bytes)));
        id
    }

    pub fn push(&mut self, file: SourceFile) {
        debug_assert_eq!(file.id.0 as usize, self.files.len());
        self.files.push(Arc::new(file));
    }

    pub fn get(&self, id: FileId) -> &Arc<SourceFile> {
        &self.files[id.0 as usize]
    }

    /// Like [`SourceMap::get`] for an id that may be of no file.
    pub fn find(&self, id: FileId) -> Option<&Arc<SourceFile>> {
        self.files.get(id.0 as usize)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<SourceFile>> {
        self.files.iter()
    }

    pub fn len(&self) -> usize {
        self.files.len()
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub fn text(&self, span: Span) -> &str {
        self.get(span.file).slice(span)
    }

    pub fn by_path(&self, path: &Path) -> Option<&Arc<SourceFile>> {
        self.files.iter().find(|file| file.absolute == path)
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
