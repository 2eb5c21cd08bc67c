use super::{Config, LoadError, parse};
use crate::source::MAX_FILE_BYTES;
use std::io::Read;
use std::path::Path;

/// Reads and parses one configuration file. `known` is what [`parse`] takes.
pub fn load(path: &Path, known: &[&str]) -> Result<Config, LoadError> {
    let unreadable = |source| LoadError::Unreadable { path: path.to_path_buf(), source };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MAX_FILE_BYTES).read_to_string(&mut text).map_err(unreadable)?;
    match parse(&text, known) {
        Ok(config) => Ok(config),
        Err(errors) => Err(LoadError::Invalid { path: path.to_path_buf(), text, errors }),
    }
}
