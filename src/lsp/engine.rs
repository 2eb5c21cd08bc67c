//! What analyses a folder, as the worker uses it.

use crate::analysis::Settings;
use crate::identity::Model;
use crate::workspace::{Report, Workspace};
use jiff::civil::Date;
use std::path::Path;
use std::sync::Arc;

/// What analyses; tests bring their own.
pub(super) trait Engine {
    fn set_buffer(&mut self, path: &str, text: Arc<str>);
    fn close_buffer(&mut self, path: &str);
    fn refresh(&mut self, paths: &[String]);
    fn reconfigure(&mut self, settings: Settings);
    fn set_today(&mut self, today: Date);
    fn analyse(&mut self, cancelled: &(dyn Fn() -> bool + Sync)) -> Option<Arc<Report>>;
    /// A first answer about the open documents, or the whole one.
    fn glance(&mut self, cancelled: &(dyn Fn() -> bool + Sync)) -> Option<Arc<Report>>;
    /// Makes ready for the next change.
    fn prepare(&mut self, cancelled: &(dyn Fn() -> bool + Sync));
    fn models_of(&mut self, path: &str) -> Vec<Arc<Model>>;
}

impl Engine for Workspace {
    fn set_buffer(&mut self, path: &str, text: Arc<str>) {
        self.set_buffer(path, text);
    }

    fn close_buffer(&mut self, path: &str) {
        self.close_buffer(path);
    }

    fn refresh(&mut self, paths: &[String]) {
        self.refresh(paths);
    }

    fn reconfigure(&mut self, settings: Settings) {
        self.reconfigure(settings);
    }

    fn set_today(&mut self, today: Date) {
        self.set_today(today);
    }

    fn analyse(&mut self, cancelled: &(dyn Fn() -> bool + Sync)) -> Option<Arc<Report>> {
        self.analyse(cancelled)
    }

    fn prepare(&mut self, cancelled: &(dyn Fn() -> bool + Sync)) {
        self.prepare(cancelled);
    }

    fn glance(&mut self, cancelled: &(dyn Fn() -> bool + Sync)) -> Option<Arc<Report>> {
        self.glance(cancelled)
    }

    fn models_of(&mut self, path: &str) -> Vec<Arc<Model>> {
        self.models_of(path)
    }
}

pub(super) type Open = fn(&Path, Settings, Date) -> std::io::Result<Box<dyn Engine>>;

pub(super) fn open(path: &Path, settings: Settings, today: Date) -> std::io::Result<Box<dyn Engine>> {
    Ok(Box::new(Workspace::open(path, settings, today)?))
}
