//! The applications and service principals of an Entra tenant, with their passwords and certificates.

mod owners;

use super::account::{Account, SeenCredential, SeenIdentity};
use super::refusals::Refusals;
use crate::dates::date_of;
use crate::rotation::Denial;
use crate::rotation::azure::TenantReader;
use crate::rotation::plan::{Recorded, Used};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

pub const APPLICATION: &str = "azuread_application";
pub const REGISTRATION: &str = "azuread_application_registration";
pub const SERVICE_PRINCIPAL: &str = "azuread_service_principal";
pub const APPLICATION_PASSWORD: &str = "azuread_application_password";
pub const APPLICATION_CERTIFICATE: &str = "azuread_application_certificate";
pub const PRINCIPAL_PASSWORD: &str = "azuread_service_principal_password";
pub const PRINCIPAL_CERTIFICATE: &str = "azuread_service_principal_certificate";

/// Whose applications Microsoft puts into every tenant.
/// Source: Microsoft Entra, "Verify first-party Microsoft applications in sign-in reports".
const MICROSOFT: [&str; 2] = ["f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47"];
const UNKNOWN_OWNERS: &str = "of some applications it is not known who owns them all: whoever asks needs `User.Read.All` to be \
                              told who users are, and more than 19 owners are never told";
/// The report of uses is a preview, and does not say how late it is.
const EXCEPT: &str = "a sign-in of the last days";

/// When credentials were used, by the ids of their keys; none where that was not told.
type SignIns = Option<HashMap<String, Used>>;

/// Everything that the tenant tells whoever asks; what it does not is a gap. The error is that of the first question,
/// when there is no answer to any that lists something.
pub async fn survey(reader: &TenantReader, tenant: &str) -> Result<Account, Denial> {
    let mut account = Account { provider: "azure", id: tenant.to_owned(), ..Account::default() };
    let mut refused = Refusals::default();
    let applications = with_owners(async |owners| reader.applications(owners).await, &mut refused).await;
    let principals = with_owners(async |owners| reader.principals(owners).await, &mut refused).await;
    let (applications, principals) = match (applications, principals) {
        (Err(denial), Err(_)) => return Err(denial),
        (Ok(applications), Err(denial)) => {
            refused.note(
                "GET /servicePrincipals",
                "credentials of service principals are not known",
                &denial,
            );
            (Some(applications), Vec::new())
        }
        (Err(denial), Ok(principals)) => {
            refused.note("GET /applications", "applications and their credentials are not known", &denial);
            (None, principals)
        }
        (Ok(applications), Ok(principals)) => (Some(applications), principals),
    };
    let sign_ins = match reader.sign_ins().await {
        Ok(rows) => Some(rows.iter().filter_map(sign_in).collect()),
        Err(denial) => {
            let missing = "when credentials were used is not known";
            refused.note("GET /reports/appCredentialSignInActivities", missing, &denial);
            None
        }
    };
    let ours: HashSet<&str> = applications.iter().flatten().filter_map(|row| row["appId"].as_str()).collect();
    // Who owns an application that is registered here is the tenant itself.
    let own = principals.iter().filter(|row| row["appId"].as_str().is_some_and(|id| ours.contains(id)));
    let own = own.filter_map(|row| row["appOwnerOrganizationId"].as_str()).next();
    if let (Some(own), true) = (own, is_id(tenant))
        && !own.eq_ignore_ascii_case(tenant)
    {
        let message = format!("whoever asks is in the tenant {own}, and not in {tenant}");
        return Err(Denial { code: String::new(), message });
    }
    account.also = own.map(str::to_owned);
    account.identities.extend(principals.iter().filter_map(|row| principal(row, own, &sign_ins)));
    if let Some(rows) = &applications {
        account.complete.insert(APPLICATION);
        account.identities.extend(rows.iter().filter_map(|row| application(row, &sign_ins)));
    }
    account.gaps = refused.gaps();
    if applications.iter().flatten().chain(&principals).any(|row| owners::owners(row).is_none()) {
        account.gaps.push(UNKNOWN_OWNERS.to_owned());
    }
    Ok(account)
}

/// A list, and without owners where it is refused with them.
async fn with_owners(
    list: impl AsyncFn(bool) -> Result<Vec<Value>, Denial>,
    refused: &mut Refusals,
) -> Result<Vec<Value>, Denial> {
    let denial = match list(true).await {
        Ok(rows) => return Ok(rows),
        Err(denial) => denial,
    };
    let rows = list(false).await?;
    refused.note("$expand=owners", "who owns applications is not known", &denial);
    Ok(rows)
}

/// Whether a tenant is named by its id, and not by one of its domains.
pub(super) fn is_id(tenant: &str) -> bool {
    tenant.len() == 36 && tenant.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn sign_in(row: &Value) -> Option<(String, Used)> {
    let date = |name: &str| row["signInActivity"][name].as_str().and_then(date_of);
    let last = date("lastSignInDateTime").max(date("lastNonInteractiveSignInDateTime"))?;
    Some((row["keyId"].as_str()?.to_ascii_lowercase(), Used::On(last)))
}

fn identity(kind: &'static str, row: &Value) -> Option<SeenIdentity> {
    let [id, client] = ["id", "appId"].map(|name| row[name].as_str().map(str::to_owned));
    let (id, client) = (id?, client?);
    let name = row["displayName"].as_str().unwrap_or(&client).to_owned();
    let also = vec![id, client.clone()];
    let owners = owners::owners(row).unwrap_or_default();
    Some(SeenIdentity { kind, name, id: client, also, owners, ..SeenIdentity::default() })
}

fn application(row: &Value, sign_ins: &SignIns) -> Option<SeenIdentity> {
    let mut seen = identity(APPLICATION, row)?;
    seen.created = row["createdDateTime"].as_str().and_then(date_of);
    seen.known = vec![APPLICATION_PASSWORD, APPLICATION_CERTIFICATE];
    let passwords = rows(row, "passwordCredentials");
    seen.credentials.extend(passwords.filter_map(|row| credential(APPLICATION_PASSWORD, row, sign_ins)));
    // Others encrypt, and open nothing.
    let keys = rows(row, "keyCredentials").filter(|row| is_for(row, "Verify"));
    seen.credentials.extend(keys.filter_map(|row| credential(APPLICATION_CERTIFICATE, row, sign_ins)));
    Some(seen)
}

fn is_for(row: &Value, usage: &str) -> bool {
    row["usage"].as_str().is_some_and(|word| word.eq_ignore_ascii_case(usage))
}

/// With credentials of its own; who else logs in as it does so with those of its application.
fn principal(row: &Value, own: Option<&str>, sign_ins: &SignIns) -> Option<SeenIdentity> {
    let mut seen = identity(SERVICE_PRINCIPAL, row)?;
    // What signs for SAML has a password too, which opens the key and nothing else, and a certificate with the name of
    // the key, which proves what was signed.
    // Source: Microsoft Graph v1.0, `servicePrincipal: addTokenSigningCertificate`.
    let signing: Vec<&Value> = rows(row, "keyCredentials").filter(|row| is_for(row, "Sign")).collect();
    let same = |left: &Value, right: &Value, name: &str| !left[name].is_null() && left[name] == right[name];
    let opens_key = |row: &Value| {
        signing.iter().any(|key| same(key, row, "keyId") || same(key, row, "customKeyIdentifier"))
    };
    let passwords = rows(row, "passwordCredentials").filter(|row| !opens_key(row));
    seen.credentials.extend(passwords.filter_map(|row| credential(PRINCIPAL_PASSWORD, row, sign_ins)));
    let keys = rows(row, "keyCredentials").filter(|row| is_for(row, "Verify") && !opens_key(row));
    seen.credentials.extend(keys.filter_map(|row| credential(PRINCIPAL_CERTIFICATE, row, sign_ins)));
    seen.bare = seen.credentials.is_empty();
    seen.known = vec![PRINCIPAL_PASSWORD, PRINCIPAL_CERTIFICATE];
    let owner = row["appOwnerOrganizationId"].as_str();
    seen.service_owned = owner.is_some_and(|owner| MICROSOFT.contains(&owner) && Some(owner) != own);
    // Applications of others may be called anything.
    seen.foreign = owner.is_none() || owner != own;
    seen.given = seen.foreign;
    seen.active = row["accountEnabled"].as_bool();
    seen.credentials.iter_mut().for_each(|one| one.active = seen.active != Some(false));
    Some(seen)
}

fn rows<'a>(row: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    row[name].as_array().into_iter().flatten()
}

fn credential(kind: &'static str, row: &Value, sign_ins: &SignIns) -> Option<SeenCredential> {
    let id = row["keyId"].as_str()?;
    let time = |name: &str| row[name].as_str().and_then(date_of);
    let used = sign_ins.as_ref().and_then(|known| known.get(&id.to_ascii_lowercase())).copied();
    Some(SeenCredential {
        kind,
        id: id.to_owned(),
        label: row["displayName"].as_str().filter(|label| !label.is_empty()).map(str::to_owned),
        active: true,
        // Not when it was made is told, but from when on it can be used.
        created: time("startDateTime"),
        ends: time("endDateTime"),
        // What is not in the report may be too new for it.
        last_used: used.unwrap_or_default(),
        recorded: used.map(|_| Recorded { until: None, except: EXCEPT }),
        ..SeenCredential::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_password_that_opens_a_signing_key_is_none() {
        let row = |passwords: Value| {
            json!({
                "id": "1", "appId": "2", "displayName": "sso", "appOwnerOrganizationId": "t",
                "keyCredentials": [{ "keyId": "k", "customKeyIdentifier": "x", "usage": "Sign" }],
                "passwordCredentials": passwords,
            })
        };
        let of = |passwords: Value| principal(&row(passwords), Some("t"), &None);
        let opens = json!([{ "keyId": "k" }, { "keyId": "m", "customKeyIdentifier": "x" }]);
        assert!(of(opens).is_some_and(|seen| seen.bare));
        let seen = of(json!([{ "keyId": "n", "customKeyIdentifier": null }])).expect("a password");
        assert_eq!((seen.credentials.len(), seen.foreign, seen.service_owned), (1, false, false));
    }

    #[test]
    fn anything_is_survived() {
        for row in [
            json!(null),
            json!([]),
            json!({ "id": 1 }),
            json!({ "id": "a", "appId": "b", "passwordCredentials": 3 }),
        ] {
            assert!(principal(&row, None, &None).is_none_or(|seen| seen.bare));
            assert!(application(&row, &None).is_none_or(|seen| seen.credentials.is_empty()));
            assert!(sign_in(&row).is_none());
        }
    }
}
