use super::{Entry, EntryKind};
use crate::dates::date_of;

/// What a column or key of a roster holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Name,
    Team,
    Known,
    Aliases,
    Kind,
    End,
    Status,
}

impl Field {
    /// By the header, whatever its case and separators; `None` for a column of no interest.
    pub fn of(header: &str) -> Option<Field> {
        let header: String =
            header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        Some(match header.as_str() {
            "name" | "fullname" | "displayname" | "owner" | "person" => Field::Name,
            "team" | "teamname" | "squad" | "group" => Field::Team,
            "id" | "handle" | "email" | "mail" | "emailaddress" | "username" | "user" | "login" | "slug"
            | "github" | "gitlab" | "upn" | "slack" => Field::Known,
            "alias" | "aliases" | "aka" | "emails" | "handles" | "alsoknownas" => Field::Aliases,
            "type" | "kind" => Field::Kind,
            "end" | "enddate" | "until" | "left" | "lefton" | "leavingdate" | "lastday"
            | "terminationdate" | "disbanded" => Field::End,
            "status" | "state" | "active" => Field::Status,
            _ => return None,
        })
    }
}

/// Puts one value into an entry; the error is a sentence for the line.
pub(super) fn set(entry: &mut Entry, field: Field, value: &str) -> Result<(), String> {
    let value = value.trim();
    if value.is_empty() {
        return Ok(());
    }
    match field {
        Field::Name => {
            entry.name = value.to_owned();
            entry.known_as.push(value.to_owned());
        }
        Field::Team => entry.team = Some(value.to_owned()),
        Field::Known => entry.known_as.push(value.to_owned()),
        Field::Aliases => {
            let aliases = value.split([',', ';', '|']).map(str::trim).filter(|alias| !alias.is_empty());
            entry.known_as.extend(aliases.map(str::to_owned));
        }
        Field::Kind => {
            entry.kind = match value.to_lowercase().as_str() {
                "person" | "user" | "human" | "employee" | "member" | "contractor" => Some(EntryKind::Person),
                "team" | "group" | "squad" => Some(EntryKind::Team),
                _ => return Err(format!("`{value}` is neither `person` nor `team`")),
            }
        }
        Field::End => match value.to_lowercase().as_str() {
            "yes" | "true" => entry.gone = true,
            "no" | "false" | "-" | "null" | "never" => {}
            _ => match date_of(value) {
                Some(date) => entry.end = Some(date),
                None => return Err(format!("`{value}` is not a date such as 2027-03-31")),
            },
        },
        Field::Status => {
            let gone = [
                "inactive",
                "left",
                "disabled",
                "terminated",
                "suspended",
                "deleted",
                "false",
                "no",
                "former",
            ];
            entry.gone |= gone.contains(&value.to_lowercase().as_str());
        }
    }
    Ok(())
}

/// Settles what only the whole entry tells; `false` when it names nobody.
pub(super) fn settle(entry: &mut Entry) -> bool {
    // A `team` without a name is the name of the entry, and with one it is where the person belongs.
    let names_team = entry.kind == Some(EntryKind::Team) || entry.name.is_empty() && entry.kind.is_none();
    if let Some(team) = entry.team.take_if(|_| names_team) {
        entry.known_as.push(team.clone());
        entry.kind = Some(EntryKind::Team);
        if entry.name.is_empty() {
            entry.name = team;
        }
    }
    if entry.team.is_some() && entry.kind.is_none() {
        entry.kind = Some(EntryKind::Person);
    }
    if entry.name.is_empty()
        && let Some(first) = entry.known_as.first()
    {
        entry.name = first.clone();
    }
    !entry.name.is_empty()
}
