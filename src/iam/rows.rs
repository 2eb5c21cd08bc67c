//! Embedded tables that name their rows.

use serde::de::DeserializeOwned;

/// The rows of a table in its order, without what it says about itself. Called once for each table: the rows live as
/// long as the program, so that names can be handed out freely.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> &'static [(String, T)] {
    let all: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
    let named = all.into_iter().filter(|(name, _)| name != "meta");
    let rows = named.filter_map(|(name, row)| Some((name, serde_json::from_value(row).ok()?)));
    Vec::leak(rows.collect())
}
