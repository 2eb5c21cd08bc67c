//! Secrets are named, by the variable or the file that holds them, and never written down in the configuration.

use super::table::Table;

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    Variable(String),
    /// Relative to the configuration.
    File(String),
}

/// The address that is told how runs go. Whoever has it can write there, so it is kept as a secret is.
pub(super) fn webhook(table: &mut Table<'_>) -> Option<SecretSource> {
    let keys = ["webhook-env", "webhook-file"];
    let there = keys.iter().any(|key| table.has(key)) || table.has("webhook");
    if !there {
        keys.iter().for_each(|key| _ = table.get(key));
        return None;
    }
    secret(table, keys, "webhook", None)
}

/// A secret by the name of its variable or file. `plain` is the key under which people would write it down.
pub(super) fn secret(
    table: &mut Table<'_>,
    [env, file]: [&'static str; 2],
    plain: &'static str,
    usual: Option<&str>,
) -> Option<SecretSource> {
    refuse_secrets(table, &[plain]);
    if let Some(path) = table.string(file) {
        if table.has(env) {
            table.sink.error(path.span(), format!("`{env}` and `{file}` are both there"));
        }
        return Some(SecretSource::File(path.into_inner()));
    }
    match usual {
        _ if table.has(env) => variable(table, env, "").map(SecretSource::Variable),
        Some(usual) => variable(table, env, usual).map(SecretSource::Variable),
        None => {
            table.get(env);
            table.missing(env, &format!("name the variable that holds it, or its file with `{file}`"));
            None
        }
    }
}

/// The name of a variable. What is none may be a secret that was put in the wrong place, so it is not repeated.
pub(super) fn variable(table: &mut Table<'_>, key: &'static str, usual: &str) -> Option<String> {
    let Some(name) = table.string(key) else { return (!table.has(key)).then(|| usual.to_owned()) };
    let text = name.get_ref();
    if is_variable(text) {
        return Some(name.into_inner());
    }
    table.sink.whole(
        format!("`{key}` is not the name of a variable, which has capitals, digits and `_` only"),
        "name the variable that holds the secret; the secret itself does not belong here",
    );
    None
}

pub(super) fn is_variable(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    text.bytes().all(fits) && !text.starts_with(|first: char| first.is_ascii_digit())
}

/// The characters of a secret are not shown, so these errors point nowhere.
pub(super) fn refuse_secrets(table: &mut Table<'_>, keys: &[&'static str]) {
    for key in keys {
        if table.get(key).is_some() {
            table.sink.whole(
                format!("`{key}` does not belong into this file"),
                "name the variable or the file that holds it, and exchange it if this file was shared",
            );
        }
    }
}
