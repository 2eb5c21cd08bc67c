//! How to look: `keyward.toml` as everywhere, and what the settings of the editor say beside it.

use crate::analysis::Settings;
use crate::baseline::{BASELINE_NAME, Baseline};
use crate::config::{self, ConfigError};
use crate::diagnostic::Persona;
use crate::source::{Tree, read_limited};
use serde_json::Value;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The settings of the editor.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wishes {
    /// A file to use instead of the nearest `keyward.toml`, relative to the folder.
    pub configuration: Option<String>,
    pub persona: Option<Persona>,
    pub select: Vec<String>,
    pub ignore: Vec<String>,
    pub vars: Vec<(String, String)>,
    pub var_files: Vec<String>,
    pub baseline: bool,
    /// Show what could not be analysed as hints.
    pub gaps: bool,
    pub code_lens: bool,
    pub inlay_hints: bool,
    /// Address of a rule's page, `{rule}` standing for its name.
    pub rule_pages: Option<String>,
}

impl Default for Wishes {
    fn default() -> Self {
        Wishes {
            configuration: None,
            persona: None,
            select: Vec::new(),
            ignore: Vec::new(),
            vars: Vec::new(),
            var_files: Vec::new(),
            baseline: true,
            gaps: false,
            code_lens: true,
            inlay_hints: false,
            rule_pages: None,
        }
    }
}

impl Wishes {
    /// These settings with what an object says. What cannot be read stays as it was, and is told.
    pub fn with(&self, value: &Value) -> (Wishes, Vec<String>) {
        let mut wishes = self.clone();
        let mut problems = Vec::new();
        let Value::Object(fields) = value else { return (wishes, problems) };
        // Editors send null, and some an empty text, for what nobody has set.
        let set = fields.iter().filter(|(_, value)| !value.is_null() && *value != "");
        for (name, value) in set {
            if !wishes.set(name, value) {
                problems.push(format!("the setting `keyward.{name}` is of the wrong kind and was left out"));
            }
        }
        (wishes, problems)
    }

    fn set(&mut self, name: &str, value: &Value) -> bool {
        match name {
            "configuration" => text(value).map(|it| self.configuration = Some(it)),
            "persona" => text(value).and_then(|it| it.parse().ok()).map(|it| self.persona = Some(it)),
            "select" => texts(value).map(|it| self.select = it),
            "ignore" => texts(value).map(|it| self.ignore = it),
            "vars" => variables(value).map(|it| self.vars = it),
            "varFiles" => texts(value).map(|it| self.var_files = it),
            "baseline" => value.as_bool().map(|it| self.baseline = it),
            "gaps" => value.as_bool().map(|it| self.gaps = it),
            "codeLens" => value.as_bool().map(|it| self.code_lens = it),
            "inlayHints" => value.as_bool().map(|it| self.inlay_hints = it),
            "rulePages" => text(value).map(|it| self.rule_pages = Some(it)),
            // Settings of the extension itself.
            _ => Some(()),
        }
        .is_some()
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(text).collect()
}

fn variables(value: &Value) -> Option<Vec<(String, String)>> {
    let one = |(name, value): (&String, &Value)| match value {
        Value::String(text) => (name.clone(), text.clone()),
        other => (name.clone(), other.to_string()),
    };
    Some(value.as_object()?.iter().map(one).collect())
}

/// What came of looking for settings.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    /// `None` when the configuration cannot be used.
    pub settings: Option<Settings>,
    /// The configuration, when something is wrong with it.
    pub broken: Option<Broken>,
    /// For the log.
    pub problems: Vec<String>,
    /// Equal where all that was read is.
    pub key: u64,
}

/// A configuration with mistakes.
#[derive(Debug)]
pub(super) struct Broken {
    pub path: PathBuf,
    pub text: Arc<str>,
    pub errors: Vec<ConfigError>,
}

/// Settings for a folder. `open` are documents that stand for files.
pub(super) fn load(folder: &Path, wishes: &Wishes, open: &dyn Fn(&Path) -> Option<Arc<str>>) -> Loaded {
    let tree = Tree::Disk(folder.to_path_buf());
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    let path = match &wishes.configuration {
        Some(path) => Some(folder.join(path)),
        None => config::find(&tree, &folder),
    };
    let mut loaded = Loaded::default();
    let mut hasher = DefaultHasher::new();
    (&path, format!("{wishes:?}")).hash(&mut hasher);
    let settings = match path {
        None => Settings::default(),
        Some(path) => match read(path, open, &mut loaded, &mut hasher) {
            Some(settings) => settings,
            None => return loaded,
        },
    };
    loaded.settings = Some(wished(settings, &folder, wishes, &mut loaded.problems, &mut hasher));
    loaded.key = hasher.finish();
    loaded
}

fn read(
    path: PathBuf,
    open: &dyn Fn(&Path) -> Option<Arc<str>>,
    loaded: &mut Loaded,
    hasher: &mut DefaultHasher,
) -> Option<Settings> {
    let text = match open(&path) {
        Some(text) => text,
        None => match read_limited(&path).map(String::from_utf8) {
            Ok(Ok(text)) => text.into(),
            _ => {
                loaded.problems.push(format!("cannot read {}, which is left out", path.display()));
                return Some(Settings::default());
            }
        },
    };
    text.hash(hasher);
    match Settings::parse(&text, &path) {
        Ok(settings) => Some(settings),
        Err(errors) => {
            loaded.broken = Some(Broken { path, text, errors });
            None
        }
    }
}

fn wished(
    mut settings: Settings,
    folder: &Path,
    wishes: &Wishes,
    problems: &mut Vec<String>,
    hasher: &mut DefaultHasher,
) -> Settings {
    if !wishes.select.is_empty() {
        settings.selection.select.clone_from(&wishes.select);
    }
    settings.selection.ignore.extend(wishes.ignore.iter().cloned());
    settings.persona = wishes.persona.unwrap_or(settings.persona);
    settings.vars.clone_from(&wishes.vars);
    settings.var_files = wishes.var_files.iter().map(|path| folder.join(path)).collect();
    if wishes.baseline {
        let dir = settings.config_dir.clone().unwrap_or_else(|| folder.to_path_buf());
        let path = dir.join(BASELINE_NAME);
        if path.is_file() {
            match Baseline::read(&path) {
                Ok(baseline) => {
                    baseline.to_text().hash(hasher);
                    settings.baseline = Some(baseline);
                }
                Err(error) => problems.push(error.to_string()),
            }
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_cannot_be_read_is_told_and_left_out() {
        let (wishes, problems) = Wishes::default().with(&json!({
            "persona": "strict", "select": ["KW1"], "inlayHints": true, "ignore": "KW2",
            "vars": { "a": 1, "b": "x" }, "trace": { "server": "off" }, "configuration": "", "baseline": null,
        }));
        assert_eq!(wishes.persona, Some(Persona::Strict));
        assert_eq!(wishes.vars, [("a".to_owned(), "1".to_owned()), ("b".to_owned(), "x".to_owned())]);
        assert!(wishes.inlay_hints && wishes.baseline && wishes.configuration.is_none());
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains("keyward.ignore"));
    }

    #[test]
    fn an_open_configuration_counts() {
        let temp = tempfile::tempdir().unwrap();
        std::fs::write(temp.path().join("keyward.toml"), "persona = \"strict\"\n").unwrap();
        let look = |text: Option<&str>| {
            load(temp.path(), &Wishes::default(), &|_| text.map(Arc::from)).settings.map(|it| it.persona)
        };
        assert_eq!(look(None), Some(Persona::Strict));
        assert_eq!(look(Some("persona = \"auditor\"")), Some(Persona::Auditor));
        assert_eq!(look(Some("persona = 3")), None);
    }
}
