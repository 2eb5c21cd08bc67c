//! What questions are answered from: the state of a folder when they were asked.

use super::client::Client;
use super::configuration::Wishes;
use super::engine::Engine;
use super::outbox::Failure;
use super::places::{Buffers, Folder, Places};
use super::positions::{Lines, Position};
use super::shown::Shown;
use crate::analysis::Settings;
use crate::report::Scrubber;
use crate::source::{SourceFile, Span};
use crate::workspace::Report;
use jiff::civil::Date;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Something that is asked, with what it is answered from.
pub(super) type Ask = Box<dyn FnOnce(&mut View<'_>) -> Result<Value, Failure> + Send>;

pub(super) struct View<'a> {
    pub engine: &'a mut dyn Engine,
    pub report: Arc<Report>,
    pub folder: &'a Folder,
    pub buffers: &'a Buffers,
    /// Directories that are folders of their own.
    pub nested: &'a [String],
    pub client: &'a Client,
    pub wishes: &'a Wishes,
    pub settings: &'a Settings,
    pub today: Date,
    pub shown: &'a BTreeMap<String, Shown>,
}

impl<'a> View<'a> {
    pub fn scrubber(&self) -> Scrubber {
        Scrubber::of(&self.report.sources, &self.report.redactions)
    }

    /// A file of the analysis, which for an open document is as the editor shows it.
    pub fn file(&self, path: &str) -> Option<Arc<SourceFile>> {
        self.report.sources.load(path)?.ok().cloned()
    }

    pub fn places<'r>(&self, report: &'r Report) -> Places<'r>
    where
        'a: 'r,
    {
        Places::new(&report.sources, self.folder, self.buffers, self.client.encoding)
    }

    /// The empty span at a position.
    pub fn point(&self, file: &SourceFile, position: Position) -> Span {
        let at = Lines::new(&file.text).offset(&file.text, position, self.client.encoding);
        Span::new(file.id, at, at)
    }
}
