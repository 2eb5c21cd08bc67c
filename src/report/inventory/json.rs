use super::Inventory;
use serde_json::json;

/// The version changes when a field changes its meaning or goes.
const VERSION: u32 = 1;

pub(super) fn render(inventory: &Inventory) -> String {
    let document = json!({
        "schema": "urn:keyward:inventory-v1",
        "version": VERSION,
        "identities": inventory.identities,
        "credentials": inventory.credentials,
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}
