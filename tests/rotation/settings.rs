//! What a test changes in its configuration.

use std::path::Path;

/// Gives a setting another value, wherever it is.
///
/// What looks at a run while it waits needs a wait that is not over when the machine is busy.
pub fn set(dir: &Path, name: &str, value: &str) {
    let path = dir.join("keyward.toml");
    let text = std::fs::read_to_string(&path).expect("there");
    let begins = format!("{name} = ");
    let line = format!("{begins}\"{value}\"");
    assert!(text.lines().any(|line| line.starts_with(&begins)), "{name} is not there");
    let lines = text.lines().map(|old| if old.starts_with(&begins) { line.as_str() } else { old });
    let changed: String = lines.flat_map(|line| [line, "\n"]).collect();
    std::fs::write(path, changed).expect("writable");
}
