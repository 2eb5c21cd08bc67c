//! Files, positions and discovery: where the bytes come from and how they are addressed.

mod discover;
mod file;
mod line_index;
mod span;

pub use discover::{Discovered, discover, read_limited};
pub use file::{FileId, FileKind, SourceFile, SourceMap};
pub use line_index::{LineIndex, Position};
pub use span::Span;

/// Bytes that stand for those on disk, by absolute path: what an editor has not saved, or what a fix would write.
pub type Overlay = std::collections::BTreeMap<std::path::PathBuf, std::sync::Arc<[u8]>>;

/// The largest file that is read; anything above is reported, not parsed.
pub const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;
