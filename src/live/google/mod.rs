//! The service accounts of a Google Cloud project, with their keys and the HMAC keys of Cloud Storage.

mod uses;

use super::account::{Account, SeenCredential, SeenIdentity};
use super::refusals::Refusals;
use crate::dates::{date_of, moment_of};
use crate::rotation::gcp::ProjectReader;
use crate::rotation::{Denial, several};
use serde_json::Value;
use std::sync::Arc;
use uses::Uses;

pub const SERVICE_ACCOUNT: &str = "google_service_account";
pub const SERVICE_ACCOUNT_KEY: &str = "google_service_account_key";
pub const HMAC_KEY: &str = "google_storage_hmac_key";

/// The end of what does not end.
const NEVER: &str = "9999-";
const LIST: &str = "iam.serviceAccounts.list";
const LIST_KEYS: &str = "iam.serviceAccountKeys.list";
const LIST_HMAC_KEYS: &str = "storage.hmacKeys.list";
/// Of the accounts that Google makes in a project, those that whoever works there may use.
/// Source: Google Cloud, "Types of service accounts", "Default service accounts".
const DEFAULT: [&str; 2] = ["@developer.gserviceaccount.com", "@appspot.gserviceaccount.com"];

/// Everything that the project tells whoever asks; what it does not is a gap. The error is that of the first question,
/// when there is no answer to any that lists something.
pub async fn survey(reader: &ProjectReader, project: &str, asked_as: String) -> Result<Account, Denial> {
    let mut account = Account { provider: "google", id: project.to_owned(), asked_as, ..Account::default() };
    let mut refused = Refusals::default();
    let (listed, hmac) = (reader.accounts().await, reader.hmac_keys().await);
    match (listed, &hmac) {
        (Ok(listed), _) => {
            account.complete.insert(SERVICE_ACCOUNT);
            let uses = Arc::new(Uses::ask(reader, &mut refused).await);
            let jobs = listed.into_iter().map(|row| identity(reader.clone(), row, uses.clone()));
            for (identity, denial) in several(jobs).await {
                account.identities.extend(identity);
                if let Some(denial) = denial {
                    refused.note(LIST_KEYS, "keys are not known", &denial);
                }
            }
        }
        (Err(denial), Err(_)) => return Err(denial),
        (Err(denial), Ok(_)) => {
            refused.note(LIST, "service accounts and their keys are not known", &denial);
        }
    }
    match hmac {
        Ok(keys) => hmac_keys(&keys, &mut account),
        Err(denial) => refused.note(LIST_HMAC_KEYS, "HMAC keys are not known", &denial),
    }
    for identity in &mut account.identities {
        classify(identity, project);
    }
    account.gaps = refused.gaps();
    Ok(account)
}

async fn identity(
    reader: ProjectReader,
    row: Value,
    uses: Arc<Uses>,
) -> (Option<SeenIdentity>, Option<Denial>) {
    let Some(email) = row["email"].as_str() else { return (None, None) };
    let enabled = row["disabled"] != true;
    let used = uses.of_account(email);
    let mut identity = SeenIdentity {
        active: Some(enabled),
        id: row["uniqueId"].as_str().unwrap_or(email).to_owned(),
        last_used: used.last,
        recorded: used.recorded,
        ..named(email)
    };
    match reader.keys(email).await {
        Ok(keys) => {
            let keys = keys.iter().filter(|key| key["keyType"] != "SYSTEM_MANAGED");
            identity.credentials = keys.filter_map(|row| key(row, email, enabled, &uses)).collect();
            identity.known.push(SERVICE_ACCOUNT_KEY);
            (Some(identity), None)
        }
        // It was deleted since it was listed.
        Err(denial) if denial.is_missing() => (None, None),
        Err(denial) => (Some(identity), Some(denial)),
    }
}

fn named(email: &str) -> SeenIdentity {
    SeenIdentity { kind: SERVICE_ACCOUNT, name: email.to_owned(), id: email.to_owned(), ..Default::default() }
}

fn key(row: &Value, email: &str, enabled: bool, uses: &Uses) -> Option<SeenCredential> {
    let id = row["name"].as_str()?.rsplit('/').next()?;
    let time = |name: &str| row[name].as_str().filter(|text| !text.starts_with(NEVER));
    // Of one that somebody brought along this is what its certificate says.
    let made = time("validAfterTime").filter(|_| row["keyOrigin"] != "USER_PROVIDED");
    let used = uses.of_key(email, id, made.and_then(moment_of));
    Some(SeenCredential {
        kind: SERVICE_ACCOUNT_KEY,
        id: id.to_owned(),
        active: enabled && row["disabled"] != true,
        created: made.and_then(date_of),
        ends: time("validBeforeTime").and_then(date_of),
        last_used: used.last,
        recorded: used.recorded,
        ..SeenCredential::default()
    })
}

/// When they are used is not told.
/// Source: Google Cloud, "Tools to understand service account usage".
fn hmac_keys(keys: &[Value], account: &mut Account) {
    account.identities.iter_mut().for_each(|identity| identity.known.push(HMAC_KEY));
    for row in keys.iter().filter(|row| row["state"] != "DELETED") {
        let (Some(id), Some(email)) = (row["accessId"].as_str(), row["serviceAccountEmail"].as_str()) else {
            continue;
        };
        let known = account.identities.iter().position(|identity| identity.name == email);
        let at = known.unwrap_or_else(|| {
            account.identities.push(named(email));
            account.identities.len() - 1
        });
        let holder = &mut account.identities[at];
        holder.credentials.push(SeenCredential {
            kind: HMAC_KEY,
            id: id.to_owned(),
            active: row["state"] == "ACTIVE" && holder.active != Some(false),
            created: row["timeCreated"].as_str().and_then(date_of),
            ..SeenCredential::default()
        });
    }
}

/// Which names code knows it by, and whether code made it at all.
fn classify(identity: &mut SeenIdentity, project: &str) {
    let (local, domain) = identity.name.split_once('@').unwrap_or((&identity.name, ""));
    let own = match project.split_once(':') {
        // Source: Google Cloud, "Service accounts overview": projects of a domain.
        Some((organization, name)) => format!("{name}.{organization}.iam.gserviceaccount.com"),
        None => format!("{project}.iam.gserviceaccount.com"),
    };
    let is_number = project.bytes().all(|byte| byte.is_ascii_digit());
    let foreign = domain.starts_with("gcp-sa-") || !domain.ends_with(".iam.gserviceaccount.com");
    identity.also = vec![identity.id.clone()];
    match domain == own || (is_number && !foreign) {
        true => identity.also.push(local.to_owned()),
        false => {
            identity.given = true;
            let usual = DEFAULT.iter().any(|end| identity.name.ends_with(end));
            identity.service_owned = identity.credentials.is_empty() && (usual || foreign);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::SeenIdentity;

    fn classified(email: &str, project: &str) -> SeenIdentity {
        let mut identity = named(email);
        classify(&mut identity, project);
        identity
    }

    #[test]
    fn accounts_that_google_makes_are_told_from_others() {
        let own = classified("ci@acme.iam.gserviceaccount.com", "acme");
        assert!(!own.given && own.also.contains(&"ci".to_owned()));
        let own = classified("ci@acme.example.com.iam.gserviceaccount.com", "example.com:acme");
        assert!(!own.given && own.also.contains(&"ci".to_owned()));
        for made in [
            "123456789012-compute@developer.gserviceaccount.com",
            "acme@appspot.gserviceaccount.com",
            "service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com",
        ] {
            let made = classified(made, "acme");
            assert!(made.given && made.service_owned && made.also.len() == 1, "{made:?}");
        }
        // Of another project, so nothing is known of how code calls it.
        let other = classified("ci@other.iam.gserviceaccount.com", "acme");
        assert!(other.given && !other.service_owned && other.also.len() == 1);
    }
}
