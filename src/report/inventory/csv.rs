use super::Inventory;
use ::csv::WriterBuilder;

const COLUMNS: [&str; 15] = [
    "what",
    "root",
    "address",
    "type",
    "name",
    "owner",
    "owner_evidence",
    "purpose",
    "environment",
    "privilege",
    "workloads",
    "credentials_or_places",
    "expiry",
    "state",
    "place",
];

/// One line for each identity and credential; lists are joined with `; `.
pub(super) fn render(inventory: &Inventory) -> String {
    let mut writer = WriterBuilder::new().from_writer(Vec::new());
    let mut rows: Vec<Vec<String>> = vec![COLUMNS.map(str::to_string).to_vec()];
    for row in &inventory.identities {
        let workloads = row.workloads.iter().map(|workload| workload.address.clone()).collect::<Vec<_>>();
        rows.push(vec![
            "identity".to_string(),
            row.root.clone(),
            row.address.clone(),
            row.r#type.clone(),
            text(row.name.as_ref()),
            text(row.owner.as_ref()),
            row.owner_evidence.clone(),
            text(row.purpose.as_ref()),
            text(row.environment.as_ref()),
            row.privilege.clone(),
            workloads.join("; "),
            row.credentials.join("; "),
            text(row.expiry.as_ref()),
            format!("{:?}", row.state).to_lowercase(),
            format!("{}:{}", row.file, row.line),
        ]);
    }
    for row in &inventory.credentials {
        let places =
            row.places.iter().map(|place| format!("{} ({}:{})", place.address, place.file, place.line));
        rows.push(vec![
            "credential".to_string(),
            row.root.clone(),
            row.address.clone(),
            row.r#type.clone(),
            text(row.name.as_ref()),
            text(row.owner.as_ref()),
            row.owner_evidence.clone(),
            String::new(),
            text(row.environment.as_ref()),
            String::new(),
            text(row.identity.as_ref()),
            places.collect::<Vec<_>>().join("; "),
            text(row.expiry.as_ref()),
            format!("{:?}", row.state).to_lowercase(),
            format!("{}:{}", row.file, row.line),
        ]);
    }
    for row in rows {
        // Writing to memory cannot fail.
        let _ = writer.write_record(row.iter().map(|cell| guarded(cell)));
    }
    writer.into_inner().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

fn text(value: Option<&String>) -> String {
    value.cloned().unwrap_or_default()
}

/// Spreadsheets run cells that start like a formula.
pub fn guarded(cell: &str) -> String {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{cell}"),
        false => cell.to_string(),
    }
}
