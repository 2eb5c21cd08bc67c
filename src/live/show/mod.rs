//! Drift as text.

mod csv;
mod human;
mod markdown;

use super::kinds::CLOUDS;
use super::row::{Drift, Presence, Row};
use crate::report::count;
use crate::report::inventory::InventoryFormat;
use crate::rotation::plan::Used;
use serde_json::json;

/// The version changes when a field changes its meaning or goes.
const VERSION: u32 = 1;

impl Drift {
    pub fn render(&self, format: InventoryFormat) -> String {
        match format {
            InventoryFormat::Table => human::render(self),
            InventoryFormat::Json => as_json(self),
            InventoryFormat::Csv => csv::render(self),
            InventoryFormat::Markdown => markdown::render(self),
        }
    }
}

fn as_json(drift: &Drift) -> String {
    let document = json!({
        "schema": "urn:keyward:live-inventory-v1",
        "version": VERSION,
        "today": drift.today.to_string(),
        "accounts": drift.accounts,
        "unread_modules": drift.unread_modules,
        "items": drift.rows,
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// `AWS account 123456789012, asked as arn:…`
fn heading(account: &super::AccountRow) -> String {
    let cloud = CLOUDS.iter().find(|cloud| cloud.provider == account.provider);
    let kind = cloud.map_or("GitHub repository", |cloud| cloud.account);
    match account.asked_as.as_str() {
        "" if account.provider == "aws" => "AWS account that could not be asked".to_owned(),
        "" => format!("{kind} {}", account.id),
        who => format!("{kind} {}, asked as {who}", account.id),
    }
}

/// Where the code has it.
fn code(row: &Row) -> String {
    let all: Vec<_> = row.code.iter().map(|place| place.address.as_str()).collect();
    match (row.in_code, all.as_slice()) {
        (Presence::No, _) | (_, []) => "-".to_owned(),
        (Presence::Yes, [one]) => (*one).to_owned(),
        (Presence::Yes, [one, rest @ ..]) => format!("{one} or {} more", rest.len()),
        (Presence::Unknown, [one]) => format!("maybe {one}"),
        (Presence::Unknown, [one, rest @ ..]) => format!("maybe {one} or {} more", rest.len()),
    }
}

fn last_used(row: &Row) -> String {
    match (row.last_used, &row.used_for) {
        (Used::Unknown, _) if row.in_cloud != Presence::Yes => "-".to_owned(),
        (Used::Unknown, _) => "?".to_owned(),
        (Used::Never, _) => "never".to_owned(),
        (Used::On(date), None) => date.to_string(),
        (Used::On(date), Some(purpose)) => format!("{date} {purpose}"),
    }
}

/// `3 not in code · 1 never used`; nothing to look at is said as well.
fn totals(drift: &Drift) -> String {
    let parts: Vec<_> = super::RemarkKind::ALL
        .into_iter()
        .map(|kind| (drift.count(kind), kind))
        .filter(|(number, _)| *number > 0)
        .map(|(number, kind)| format!("{number} {}", kind.describe()))
        .collect();
    match parts.is_empty() {
        true => "nothing to look at".to_owned(),
        false => parts.join(" · "),
    }
}

/// What is not in the table, one sentence each.
fn left_out(drift: &Drift) -> Vec<String> {
    let mut notes = Vec::new();
    for account in drift.accounts.iter().filter(|account| account.service_owned > 0) {
        let (noun, who) = match account.provider {
            "google" => ("service account", "Google"),
            "azure" => ("service principal", "Microsoft"),
            _ => ("role", "AWS"),
        };
        let made = count(account.service_owned, noun);
        let place = CLOUDS.iter().find(|cloud| cloud.provider == account.provider).map_or("", |it| it.place);
        notes.push(format!("{made} of {place} {} that {who} made for itself: left out", account.id));
    }
    if drift.unread_modules > 0 && drift.count(super::RemarkKind::NotInCode) > 0 {
        notes.push(format!(
            "the source of {} is not here, so that some of what is not in code may be declared there",
            count(drift.unread_modules, "module")
        ));
    }
    for cloud in &CLOUDS {
        if let Some(uncompared) = uncompared(drift, cloud.provider) {
            notes.push(format!(
                "{uncompared} of the code not found, and not known to be applied in {} {} that was asked: name its root modules in `roots` of `[[live.{}]]`",
                if cloud.place == "account" { "an" } else { "a" },
                cloud.place,
                cloud.provider,
            ));
        }
    }
    if let Some(uncompared) = uncompared(drift, "github") {
        notes.push(format!(
            "{uncompared} of the code not found, and not known to be of a repository that was asked: let the provider say `owner`"
        ));
    }
    notes
}

/// `2 identities and 1 credential`
fn uncompared(drift: &Drift, provider: &str) -> Option<String> {
    let (identities, credentials) = drift.uncompared(provider);
    let parts = [(identities, "identity"), (credentials, "credential")];
    let parts: Vec<_> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, noun)| count(*n, noun)).collect();
    (!parts.is_empty()).then(|| parts.join(" and "))
}
