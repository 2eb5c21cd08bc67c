use super::{code as place, heading, last_used, left_out, totals};
use crate::live::kinds::spoken;
use crate::live::row::{Drift, Presence, Row};
use crate::report::markdown::{code, text};
use std::fmt::Write;

/// For an issue: what there is to look at as a list to tick off, then everything in a table.
pub(super) fn render(drift: &Drift) -> String {
    let mut out = format!("# Live inventory of {}\n\n{}.\n", drift.today, text(&totals(drift)));
    for note in left_out(drift) {
        let _ = writeln!(out, "\n{}.", text(&note));
    }
    for account in &drift.accounts {
        let _ = writeln!(out, "\n## {}\n", text(&heading(account)));
        for gap in &account.gaps {
            let _ = writeln!(out, "- **Not known**: {}", text(gap));
        }
        let of = |row: &&Row| row.account.as_deref() == Some(&account.id);
        let rows: Vec<_> =
            drift.rows.iter().filter(of).filter(|row| row.in_cloud != Presence::Unknown).collect();
        for row in &rows {
            for remark in &row.remarks {
                let said = text(&remark.text);
                let _ = writeln!(out, "- [ ] {} {}: {said}", code(&name(row)), remark.kind.describe());
            }
        }
        if rows.is_empty() {
            out.push_str("Nothing was listed.\n");
            continue;
        }
        out.push_str("\n| What | Name | Owner | Created | Last used | Code |\n|---|---|---|---|---|---|\n");
        for row in rows {
            let created = row.created.map_or("-".to_owned(), |date| date.to_string());
            let cells = [
                spoken(row.what),
                cell(&code(&name(row))),
                cell(&text(row.owner.as_deref().unwrap_or("-"))),
                created,
                cell(&text(&last_used(row))),
                cell(&code(&place(row))),
            ];
            let _ = writeln!(out, "| {} |", cells.join(" | "));
        }
    }
    out
}

fn name(row: &Row) -> String {
    match &row.of {
        Some(holder) => format!("{} of {holder}", row.name),
        None => row.name.clone(),
    }
}

fn cell(content: &str) -> String {
    content.replace('|', "\\|")
}
