use crate::live::row::{Drift, Row};
use crate::report::inventory::guarded;
use serde::Serialize;

const COLUMNS: [&str; 15] = [
    "provider",
    "account",
    "what",
    "name",
    "id",
    "of",
    "in_cloud",
    "in_code",
    "code",
    "owner",
    "active",
    "created",
    "last_used",
    "used_for",
    "remarks",
];

/// One line for each row; lists are joined with `; `.
pub(super) fn render(drift: &Drift) -> String {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    // Writing to memory cannot fail.
    let _ = writer.write_record(COLUMNS);
    for row in &drift.rows {
        let _ = writer.write_record(cells(row).iter().map(|cell| guarded(cell)));
    }
    writer.into_inner().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

fn cells(row: &Row) -> [String; 15] {
    let code = row.code.iter().map(|at| format!("{} ({}:{})", at.address, at.file, at.line));
    let remarks = row.remarks.iter().map(|it| format!("{}: {}", it.kind.describe(), it.text));
    let maybe = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        row.provider.to_owned(),
        maybe(&row.account),
        row.what.to_owned(),
        row.name.clone(),
        maybe(&row.id),
        maybe(&row.of),
        word(&row.in_cloud),
        word(&row.in_code),
        code.collect::<Vec<_>>().join("; "),
        maybe(&row.owner),
        row.active.map(|active| active.to_string()).unwrap_or_default(),
        row.created.map(|date| date.to_string()).unwrap_or_default(),
        word(&row.last_used),
        maybe(&row.used_for),
        remarks.collect::<Vec<_>>().join("; "),
    ]
}

/// As JSON has it.
fn word(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().map(str::to_owned).unwrap_or_default()
}
