//! Which request is answered by whom.

use super::folders::Folders;
use super::outbox::Reply;
use super::{actions, commands, hover, lens, navigation, pull, symbols};
use serde_json::Value;

/// What requests are about.
pub(super) struct Situation<'a> {
    pub folders: &'a Folders,
}

pub(super) type Handler = fn(&Situation<'_>, Value, Reply);

const HANDLERS: [(&str, Handler); 10] = [
    ("textDocument/codeAction", actions::handle),
    ("textDocument/codeLens", lens::lenses),
    ("textDocument/definition", navigation::definition),
    ("textDocument/diagnostic", pull::document),
    ("textDocument/hover", hover::handle),
    ("textDocument/inlayHint", lens::hints),
    ("textDocument/references", navigation::references),
    ("workspace/diagnostic", pull::workspace),
    ("workspace/executeCommand", commands::handle),
    ("workspace/symbol", symbols::handle),
];

pub(super) fn find(method: &str) -> Option<Handler> {
    HANDLERS.iter().find(|(name, _)| *name == method).map(|(_, handler)| *handler)
}
