use super::{Config, LoadError, parse};
use crate::source::Tree;
use std::path::Path;

/// Reads and parses one configuration file on disk. `known` is what [`parse`] takes.
pub fn load(path: &Path, known: &[&str]) -> Result<Config, LoadError> {
    load_from(&Tree::from(path), path, known)
}

/// The same for a file of a tree.
pub fn load_from(tree: &Tree, path: &Path, known: &[&str]) -> Result<Config, LoadError> {
    let unreadable = |why: String| LoadError::Unreadable { path: path.to_path_buf(), why };
    let bytes = tree.read(path).map_err(|gap| unreadable(gap.message))?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8".to_string()))?;
    match parse(&text, known) {
        Ok(config) => Ok(config),
        Err(errors) => Err(LoadError::Invalid { path: path.to_path_buf(), text, errors }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_file_comes_with_its_text_and_problems() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("keyward.toml");
        assert!(matches!(load(&path, &[]), Err(LoadError::Unreadable { .. })));
        std::fs::write(&path, "persona = 1\nx = 2\n").unwrap();
        match load(&path, &[]) {
            Err(LoadError::Invalid { text, errors, .. }) => {
                assert_eq!(&text[errors[0].span.clone().unwrap()], "1");
                assert_eq!(&text[errors[1].span.clone().unwrap()], "x");
            }
            other => panic!("{other:?}"),
        }
        std::fs::write(&path, "fail-on = \"never\"").unwrap();
        assert!(load(&path, &[]).is_ok());
    }
}
