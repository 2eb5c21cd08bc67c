//! Files, positions and discovery: where the bytes come from and how they are addressed.

mod both;
mod discover;
mod disk;
mod file;
mod ids;
mod kept;
mod line_index;
mod snapshot;
mod span;
mod tree;

pub use both::{Both, discover_both, is_shared};
pub use discover::{Discovered, discover};
pub use disk::{read_limited, work_tree};
pub use file::{FileId, FileKind, Listing, SourceFile, SourceMap, Word};
pub use kept::{Kept, News};
pub use line_index::{LineIndex, Position};
pub use snapshot::{BlobError, Blobs, Item, Snapshot};
pub use span::Span;
pub use tree::Tree;

/// Bytes that stand for those of a tree, by absolute path (in a snapshot by the path in it): what an editor has not saved, or what a fix would write.
pub type Overlay = std::collections::BTreeMap<std::path::PathBuf, std::sync::Arc<[u8]>>;

/// The largest file that is read; anything above is reported, not parsed.
pub const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;
