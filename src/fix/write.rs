//! Changed files go to disk whole or not at all.

use super::Change;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("{path} changed since it was read, so that nothing was written")]
    Changed { path: String },
    #[error("{path} is outside of the scanned directory, so that nothing was written")]
    Outside { path: String },
    #[error("cannot write {path}: {source}")]
    Io { path: String, source: std::io::Error },
}

/// Writes all changes below `root`. Each file is written beside the old one and takes its place; when one cannot,
/// those before it are put back.
pub fn write(root: &Path, changes: &[Change]) -> Result<(), WriteError> {
    let io = |change: &Change, source| WriteError::Io { path: change.path.clone(), source };
    let mut staged: Vec<(PathBuf, &Change)> = Vec::new();
    let clear = |staged: &[(PathBuf, &Change)]| {
        for (temporary, _) in staged {
            // What cannot be removed does no harm: it has a name of its own.
            let _ = fs::remove_file(temporary);
        }
    };
    for change in changes {
        match stage(root, change) {
            Ok(temporary) => staged.push((temporary, change)),
            Err(error) => {
                clear(&staged);
                return Err(error);
            }
        }
    }
    for (at, (temporary, change)) in staged.iter().enumerate() {
        if let Err(error) = fs::rename(temporary, &change.absolute) {
            for (_, done) in &staged[..at] {
                let _ = fs::write(&done.absolute, &done.before);
            }
            clear(&staged[at..]);
            return Err(io(change, error));
        }
    }
    Ok(())
}

/// Writes the new bytes beside the file, with its permissions.
fn stage(root: &Path, change: &Change) -> Result<PathBuf, WriteError> {
    let io = |source| WriteError::Io { path: change.path.clone(), source };
    let real = change.absolute.canonicalize().map_err(io)?;
    let root = root.canonicalize().map_err(io)?;
    if !real.starts_with(&root) || real != change.absolute {
        return Err(WriteError::Outside { path: change.path.clone() });
    }
    if fs::read(&real).map_err(io)?.as_slice() != &*change.before {
        return Err(WriteError::Changed { path: change.path.clone() });
    }
    let name = real.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let temporary = real.with_file_name(format!(".{name}.keyward-{}", std::process::id()));
    let mut file = File::options().write(true).create_new(true).open(&temporary).map_err(io)?;
    let written = file
        .write_all(&change.after)
        .and_then(|()| file.set_permissions(fs::metadata(&real)?.permissions()))
        .and_then(|()| file.sync_all());
    match written {
        Ok(()) => Ok(temporary),
        Err(error) => {
            let _ = fs::remove_file(&temporary);
            Err(io(error))
        }
    }
}
