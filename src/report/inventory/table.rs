use super::{CredentialRow, IdentityRow, Inventory, PlaceRow};
use crate::identity::State;
use std::fmt::Write;

const MAX_CELL: usize = 48;

/// Two tables, with what hangs on a row indented below it.
pub(super) fn render(inventory: &Inventory) -> String {
    let mut out = String::new();
    if inventory.is_empty() {
        return "No identities or credentials are declared here.\n".to_string();
    }
    let several = roots(inventory) > 1;
    if !inventory.identities.is_empty() {
        let rows: Vec<_> =
            inventory.identities.iter().map(|row| (identity(row, several), below_identity(row))).collect();
        let head = ["IDENTITY", "OWNER", "PRIVILEGE", "RUNS", "STATE", "PLACE"];
        table(&mut out, &head, &rows);
    }
    if !inventory.credentials.is_empty() {
        if !out.is_empty() {
            out.push('\n');
        }
        let rows: Vec<_> = inventory
            .credentials
            .iter()
            .map(|row| (credential(row, several), below_credential(row)))
            .collect();
        let head = ["CREDENTIAL", "OWNER", "OF", "EXPIRES", "STATE", "PLACE"];
        table(&mut out, &head, &rows);
    }
    let places: usize = inventory.credentials.iter().map(|row| row.places.len()).sum();
    let _ = writeln!(
        out,
        "\n{} · {} · {}",
        plural(inventory.identities.len(), "identity", "identities"),
        plural(inventory.credentials.len(), "credential", "credentials"),
        plural(places, "place", "places"),
    );
    out
}

fn roots(inventory: &Inventory) -> usize {
    let names = inventory
        .identities
        .iter()
        .map(|row| &row.root)
        .chain(inventory.credentials.iter().map(|row| &row.root));
    names.collect::<std::collections::BTreeSet<_>>().len()
}

fn identity(row: &IdentityRow, several: bool) -> Vec<String> {
    vec![
        named(&row.root, &row.address, several),
        row.owner.clone().unwrap_or_else(|| missing(&row.owner_evidence)),
        row.privilege.clone(),
        match row.workloads.len() {
            0 => "-".to_string(),
            count => plural(count, "workload", "workloads"),
        },
        state(row.state),
        format!("{}:{}", row.file, row.line),
    ]
}

fn below_identity(row: &IdentityRow) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(purpose) = &row.purpose {
        lines.push(format!("purpose: {}", shortened(purpose, 90)));
    }
    lines.extend(
        row.workloads
            .iter()
            .map(|workload| format!("runs {} ({}:{})", workload.address, workload.file, workload.line)),
    );
    lines.extend(row.credentials.iter().map(|address| format!("holds {address}")));
    lines
}

fn credential(row: &CredentialRow, several: bool) -> Vec<String> {
    vec![
        named(&row.root, &row.address, several),
        row.owner.clone().unwrap_or_else(|| missing(&row.owner_evidence)),
        row.identity.clone().unwrap_or_else(|| "-".to_string()),
        row.expiry
            .clone()
            .unwrap_or_else(|| if row.standing { "never".to_string() } else { "-".to_string() }),
        state(row.state),
        format!("{}:{}", row.file, row.line),
    ]
}

fn below_credential(row: &CredentialRow) -> Vec<String> {
    let mut lines: Vec<_> = row.places.iter().map(place).collect();
    if row.in_state {
        lines.push("→ state file".to_string());
    }
    lines
}

fn place(place: &PlaceRow) -> String {
    let mut line = format!(
        "→ {}: {} {} ({}:{})",
        place.kind.describe(),
        place.address,
        place.attribute,
        place.file,
        place.line
    );
    if !place.route.is_empty() {
        let _ = write!(line, " via {}", place.route.join(" → "));
    }
    line
}

fn named(root: &str, address: &str, several: bool) -> String {
    if several && root != "." { format!("{root}: {address}") } else { address.to_string() }
}

fn missing(evidence: &str) -> String {
    if evidence == "none" { "none".to_string() } else { "?".to_string() }
}

fn state(state: State) -> String {
    format!("{state:?}").to_lowercase()
}

fn plural(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

fn shortened(text: &str, max: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(max) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// The first and last columns are shown whole: they are what people copy.
pub fn table(out: &mut String, head: &[&str], rows: &[(Vec<String>, Vec<String>)]) {
    let last = head.len() - 1;
    let cell = |index: usize, text: &str| match index == 0 || index == last {
        true => text.to_string(),
        false => shortened(text, MAX_CELL),
    };
    let mut widths: Vec<usize> = head.iter().map(|name| name.chars().count()).collect();
    for (cells, _) in rows {
        for (index, text) in cells.iter().enumerate() {
            widths[index] = widths[index].max(cell(index, text).chars().count());
        }
    }
    let line = |cells: Vec<String>| {
        let mut text = String::new();
        for (index, cell) in cells.iter().enumerate() {
            let pad = if index == last { 0 } else { widths[index] + 2 - cell.chars().count() };
            text.push_str(cell);
            text.push_str(&" ".repeat(pad));
        }
        text.trim_end().to_string()
    };
    let _ = writeln!(out, "{}", line(head.iter().map(|name| name.to_string()).collect()));
    for (cells, below) in rows {
        let cells = cells.iter().enumerate().map(|(index, text)| cell(index, text)).collect();
        let _ = writeln!(out, "{}", line(cells));
        for text in below {
            let _ = writeln!(out, "    {text}");
        }
    }
}
