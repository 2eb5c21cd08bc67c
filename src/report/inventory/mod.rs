//! The inventory: every identity and credential with what is known about it, as a table, JSON or CSV.

mod csv;
mod json;
mod markdown;
mod rows;
mod table;

pub use csv::guarded;
pub use rows::{CredentialRow, IdentityRow, Inventory, PlaceRow, WorkloadRow};

pub use table::table;

use std::fmt;
use std::str::FromStr;

/// How the inventory is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InventoryFormat {
    #[default]
    Table,
    Json,
    Csv,
    Markdown,
}

impl InventoryFormat {
    pub const ALL: [InventoryFormat; 4] =
        [InventoryFormat::Table, InventoryFormat::Json, InventoryFormat::Csv, InventoryFormat::Markdown];

    pub fn name(self) -> &'static str {
        match self {
            InventoryFormat::Table => "table",
            InventoryFormat::Json => "json",
            InventoryFormat::Csv => "csv",
            InventoryFormat::Markdown => "markdown",
        }
    }

    pub fn render(self, inventory: &Inventory) -> String {
        match self {
            InventoryFormat::Table => table::render(inventory),
            InventoryFormat::Json => json::render(inventory),
            InventoryFormat::Csv => csv::render(inventory),
            InventoryFormat::Markdown => markdown::render(inventory),
        }
    }
}

impl fmt::Display for InventoryFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for InventoryFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        InventoryFormat::ALL
            .into_iter()
            .find(|format| format.name() == text)
            .ok_or_else(|| format!("`{text}` is none of table, json, csv, markdown"))
    }
}
