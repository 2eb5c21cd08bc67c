use super::{CredentialRow, IdentityRow, Inventory};
use crate::report::markdown::{code, text};
use std::fmt::Write;

/// Two tables.
pub(super) fn render(inventory: &Inventory) -> String {
    let mut out = "# Inventory\n".to_string();
    if inventory.is_empty() {
        out.push_str("\nNo identities or credentials are declared here.\n");
        return out;
    }
    if !inventory.identities.is_empty() {
        out.push_str("\n## Identities\n\n| Identity | Owner | Privilege | Runs | State | Place |\n|---|---|---|---|---|---|\n");
        inventory.identities.iter().for_each(|row| identity(&mut out, row));
    }
    if !inventory.credentials.is_empty() {
        out.push_str("\n## Credentials\n\n| Credential | Owner | Of | Expires | Goes to | State | Place |\n|---|---|---|---|---|---|---|\n");
        inventory.credentials.iter().for_each(|row| credential(&mut out, row));
    }
    out
}

fn identity(out: &mut String, row: &IdentityRow) {
    let workloads: Vec<_> = row.workloads.iter().map(|workload| code(&workload.address)).collect();
    let _ = writeln!(
        out,
        "| {} | {} | {} | {} | {} | {} |",
        cell(&code(&row.address)),
        maybe(row.owner.as_ref()),
        cell(&text(&row.privilege)),
        cell(&workloads.join(", ")),
        format!("{:?}", row.state).to_lowercase(),
        cell(&code(&format!("{}:{}", row.file, row.line))),
    );
}

fn credential(out: &mut String, row: &CredentialRow) {
    let places: Vec<_> = row.places.iter().map(|place| code(&place.address)).collect();
    let expiry = row.expiry.clone().or_else(|| row.standing.then(|| "never".to_string()));
    let _ = writeln!(
        out,
        "| {} | {} | {} | {} | {} | {} | {} |",
        cell(&code(&row.address)),
        maybe(row.owner.as_ref()),
        maybe(row.identity.as_ref()),
        maybe(expiry.as_ref()),
        cell(&places.join(", ")),
        format!("{:?}", row.state).to_lowercase(),
        cell(&code(&format!("{}:{}", row.file, row.line))),
    );
}

fn maybe(value: Option<&String>) -> String {
    cell(&text(value.map_or("-", String::as_str)))
}

fn cell(content: &str) -> String {
    content.replace('|', "\\|")
}
