use super::{code, heading, last_used, left_out, totals};
use crate::live::kinds::spoken;
use crate::live::row::{Drift, Presence, Row};
use crate::report::inventory::table;
use crate::report::one_line;
use std::fmt::Write;

/// One table for each account, credentials below their identity, remarks below what they are about.
pub(super) fn render(drift: &Drift) -> String {
    let mut out = String::new();
    for account in &drift.accounts {
        let _ = writeln!(out, "{}\n", one_line(&heading(account)));
        let of = drift.rows.iter().filter(|row| row.account.as_deref() == Some(&account.id));
        let rows: Vec<_> =
            of.filter(|row| row.in_cloud != Presence::Unknown).map(|row| (cells(row), below(row))).collect();
        match rows.is_empty() {
            true if account.asked_as.is_empty() && !account.gaps.is_empty() => {}
            true => out.push_str("Nothing was listed.\n"),
            false => table(&mut out, &["WHAT", "OWNER", "CREATED", "LAST USED", "CODE"], &rows),
        }
        for gap in &account.gaps {
            let _ = writeln!(out, "\nnot known: {}", one_line(gap));
        }
        out.push('\n');
    }
    for note in left_out(drift) {
        let _ = writeln!(out, "{note}");
    }
    let _ = writeln!(out, "{}", totals(drift));
    out
}

fn cells(row: &Row) -> Vec<String> {
    let indent = if row.of.is_some() { "  " } else { "" };
    let inactive = if row.active == Some(false) { " (inactive)" } else { "" };
    let name = match row.what {
        // It is called so already.
        "console-password" => row.name.clone(),
        what => format!("{} {}", spoken(what), row.name),
    };
    vec![
        format!("{indent}{}{inactive}", one_line(&name)),
        one_line(row.owner.as_deref().unwrap_or("-")),
        row.created.map_or("-".to_owned(), |date| date.to_string()),
        one_line(&last_used(row)),
        code(row),
    ]
}

fn below(row: &Row) -> Vec<String> {
    let remarks = row.remarks.iter();
    remarks.map(|remark| format!("! {}: {}", remark.kind.describe(), one_line(&remark.text))).collect()
}
