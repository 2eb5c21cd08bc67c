//! keyward reads Terraform and OpenTofu and answers who still holds a key.
//!
//! Data flows one way: `source` → `syntax` → `eval` → `identity` → `rules` → `report`. The architecture is
//! described in `docs/architecture.md`, and a test holds the imports against it.

/// Values are many small things that are made and dropped on several threads, in a server for hours. Large pages are
/// off: they would take a third more memory for nothing.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod analysis;
pub mod baseline;
pub mod cli;
pub mod config;
pub mod dates;
pub mod diagnostic;
pub mod eval;
pub mod fix;
pub mod forge;
pub mod git;
pub mod iam;
pub mod identity;
pub mod live;
pub mod lsp;
pub mod migrate;
pub mod owners;
pub mod pr;
pub mod query;
pub mod report;
pub mod review;
pub mod rotation;
pub mod rules;
pub mod secret;
pub mod source;
pub mod staged;
pub mod syntax;
pub mod waiver;
pub mod workspace;
