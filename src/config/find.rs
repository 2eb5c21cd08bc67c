use crate::source::Tree;
use std::path::{Path, PathBuf};

/// The name of the configuration file.
pub const CONFIG_NAME: &str = "keyward.toml";

/// The nearest `keyward.toml` from `start` upwards, up to and including the repository root. Outside a
/// repository only `start` itself is looked at: a file somewhere above it, such as in a shared `/tmp`, was
/// not written for this code.
pub fn find(tree: &Tree, start: &Path) -> Option<PathBuf> {
    let start = tree.directory(start)?;
    let top = tree.repository_root(&start).unwrap_or_else(|| start.clone());
    start
        .ancestors()
        .take_while(|dir| dir.starts_with(&top))
        .map(|dir| dir.join(CONFIG_NAME))
        .find(|path| tree.is_file(path))
}

#[cfg(test)]
mod tests {
    use super::{CONFIG_NAME, Path, PathBuf, Tree};
    use std::fs;

    fn find(start: &Path) -> Option<PathBuf> {
        super::find(&Tree::from(start), start)
    }

    #[test]
    fn the_nearest_file_wins_and_the_repository_bounds_the_search() {
        let temp = tempfile::tempdir().unwrap();
        let top = temp.path().canonicalize().unwrap();
        let repo = top.join("repo");
        fs::create_dir_all(repo.join("infra/prod")).unwrap();
        fs::write(top.join(CONFIG_NAME), "").unwrap();

        assert_eq!(find(&repo.join("infra")), None, "outside a repository, nothing above counts");
        fs::create_dir(repo.join(".git")).unwrap();
        assert_eq!(find(&repo.join("infra")), None, "above the repository, nothing counts");
        fs::write(repo.join(CONFIG_NAME), "").unwrap();
        assert_eq!(find(&repo.join("infra/prod")), Some(repo.join(CONFIG_NAME)));
        fs::write(repo.join("infra").join(CONFIG_NAME), "").unwrap();
        assert_eq!(find(&repo.join("infra/prod")), Some(repo.join("infra").join(CONFIG_NAME)));
        assert_eq!(find(&repo), Some(repo.join(CONFIG_NAME)));
        assert_eq!(find(&repo.join("missing")), None);
    }
}
