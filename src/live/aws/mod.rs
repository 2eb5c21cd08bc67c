//! The users, roles, keys and passwords of an AWS account.

mod report;

use super::account::{Account, SeenCredential, SeenIdentity};
use super::refusals::Refusals;
use crate::dates::date_of;
use crate::rotation::aws::{AwsReader, Record};
use crate::rotation::plan::Used;
use crate::rotation::{Denial, several};
use jiff::civil::Date;
use report::{ROOT, Report};
use std::sync::Arc;

pub const USER: &str = "aws_iam_user";
pub const ROLE: &str = "aws_iam_role";
pub const ACCESS_KEY: &str = "aws_iam_access_key";
pub const PASSWORD: &str = "aws_iam_user_login_profile";
/// No type of Terraform: nobody declares the root user.
pub const ROOT_USER: &str = "aws_root_user";

/// Where IAM puts what AWS makes for its services and for IAM Identity Center.
/// Sources: AWS IAM User Guide, "Create a service-linked role"; IAM Identity Center User Guide, "Reference
/// permission sets in resource policies".
const SERVICE_PATHS: [&str; 2] = ["/aws-service-role/", "/aws-reserved/"];

/// How often, and for how many seconds each, a report that is being made is waited for.
const REPORT_WAITS: (usize, i64) = (20, 2);

/// Everything that the account tells whoever asks.
pub async fn survey(reader: &AwsReader) -> Result<Account, Denial> {
    let (id, asked_as) = reader.who().await?;
    let mut account = Account { provider: "aws", id, asked_as, ..Account::default() };
    let mut refused = Refusals::default();
    let report = report(reader, &mut refused).await;
    users(reader, report.clone(), &mut account, &mut refused).await;
    roles(reader, &mut account, &mut refused).await;
    account.identities.extend(report.as_deref().and_then(|report| root(report, &account.id)));
    account.gaps = refused.gaps();
    Ok(account)
}

fn day(record: &Record, path: &str) -> Option<Date> {
    record.text(path).and_then(date_of)
}

fn used(record: &Record, path: &str) -> Used {
    day(record, path).map_or(Used::Never, Used::On)
}

async fn report(reader: &AwsReader, refused: &mut Refusals) -> Option<Arc<Report>> {
    const MISSING: &str = "whether the root user has access keys is not known";
    if let Err(denial) = reader.one("GenerateCredentialReport", "State", &[]).await {
        refused.note("iam:GenerateCredentialReport", MISSING, &denial);
        // Somebody else may have had one made.
    }
    let action = "GetCredentialReport";
    let (tries, pause) = REPORT_WAITS;
    for _ in 0..tries {
        match reader.one(action, "GetCredentialReportResult", &[]).await {
            Ok(record) => {
                let report = record.text("Content").and_then(Report::read).map(Arc::new);
                if report.is_some() {
                    refused.forget("iam:GenerateCredentialReport");
                }
                return report;
            }
            Err(denial) if denial.code == "ReportInProgress" => reader.pause(pause).await,
            Err(denial) => {
                if refused.is_empty() {
                    refused.note("iam:GetCredentialReport", MISSING, &denial);
                }
                return None;
            }
        }
    }
    let late = Denial { code: String::new(), message: "it took too long to make".to_owned() };
    refused.note("iam:GetCredentialReport", MISSING, &late);
    None
}

fn root(report: &Report, account: &str) -> Option<SeenIdentity> {
    let keys = report.root_keys();
    if keys.is_empty() {
        return None;
    }
    let credentials = keys.into_iter().enumerate().map(|(at, (created, last_used))| SeenCredential {
        kind: ACCESS_KEY,
        // The report has no ids, and nothing else lists them.
        id: format!("key {} of the root user", at + 1),
        active: true,
        created,
        last_used,
        ..SeenCredential::default()
    });
    Some(SeenIdentity {
        kind: ROOT_USER,
        name: ROOT.to_owned(),
        id: format!("arn:aws:iam::{account}:root"),
        credentials: credentials.collect(),
        ..SeenIdentity::default()
    })
}

/// What was asked of one of them, and which actions failed.
type Told = (Option<SeenIdentity>, Vec<(&'static str, &'static str, Denial)>);

async fn users(
    reader: &AwsReader,
    report: Option<Arc<Report>>,
    account: &mut Account,
    refused: &mut Refusals,
) {
    match reader.list("ListUsers", "Users").await {
        Ok(listed) => {
            account.complete.insert(USER);
            let jobs = listed.into_iter().map(|record| user(reader.clone(), record, report.clone()));
            take(several(jobs).await, account, refused);
        }
        Err(denial) => refused.note("iam:ListUsers", "users and their keys are not known", &denial),
    }
}

async fn roles(reader: &AwsReader, account: &mut Account, refused: &mut Refusals) {
    match reader.list("ListRoles", "Roles").await {
        Ok(listed) => {
            account.complete.insert(ROLE);
            let jobs = listed.into_iter().map(|record| role(reader.clone(), record));
            take(several(jobs).await, account, refused);
        }
        Err(denial) => refused.note("iam:ListRoles", "roles are not known", &denial),
    }
}

fn take(told: Vec<Told>, account: &mut Account, refused: &mut Refusals) {
    for (identity, denials) in told {
        account.identities.extend(identity);
        for (action, missing, denial) in denials {
            refused.note(action, missing, &denial);
        }
    }
}

fn identity(kind: &'static str, name: &str, record: &Record) -> SeenIdentity {
    SeenIdentity {
        kind,
        name: name.to_owned(),
        id: record.text("Arn").unwrap_or_default().to_owned(),
        created: day(record, "CreateDate"),
        ..SeenIdentity::default()
    }
}

async fn user(reader: AwsReader, record: Record, report: Option<Arc<Report>>) -> Told {
    let mut denials = Vec::new();
    let Some(name) = record.text("UserName") else { return (None, denials) };
    let mut user = identity(USER, name, &record);
    let by_name = [("UserName", name)];
    match reader.one("GetUser", "User", &by_name).await {
        Ok(whole) => user.tags = whole.tags,
        // It was deleted since it was listed.
        Err(denial) if denial.is_missing() => return (None, denials),
        Err(denial) => denials.push(("iam:GetUser", "tags of users are not known", denial)),
    }
    match reader.list_of("ListAccessKeys", "AccessKeyMetadata", &by_name).await {
        Ok(keys) => {
            user.known.push(ACCESS_KEY);
            for key in keys {
                user.credentials.extend(access_key(&reader, &key, &mut denials).await);
            }
        }
        Err(denial) => denials.push(("iam:ListAccessKeys", "access keys are not known", denial)),
    }
    let keys = user.credentials.iter().map(|key| key.last_used);
    user.last_used = match (keys.max(), used(&record, "PasswordLastUsed")) {
        (Some(keys), password) => keys.max(password),
        (None, password) if !user.known.is_empty() => password,
        (None, Used::On(date)) => Used::On(date),
        (None, _) => Used::Unknown,
    };
    user.used_for = user
        .credentials
        .iter()
        .find(|key| key.last_used == user.last_used)
        .and_then(|key| key.used_for.clone());
    let (password, is_known) = password(&reader, name, &record, report.as_deref(), &mut denials).await;
    user.known.extend(is_known.then_some(PASSWORD));
    user.credentials.extend(password);
    (Some(user), denials)
}

async fn access_key(
    reader: &AwsReader,
    key: &Record,
    denials: &mut Vec<(&'static str, &'static str, Denial)>,
) -> Option<SeenCredential> {
    let id = key.text("AccessKeyId")?;
    let by_id = [("AccessKeyId", id)];
    let told = reader.one("GetAccessKeyLastUsed", "AccessKeyLastUsed", &by_id).await;
    let (last_used, used_for) = match told {
        Ok(told) => (used(&told, "LastUsedDate"), purpose(&told)),
        Err(denial) if denial.is_missing() => return None,
        Err(denial) => {
            denials.push(("iam:GetAccessKeyLastUsed", "last uses of access keys are not known", denial));
            (Used::Unknown, None)
        }
    };
    Some(SeenCredential {
        kind: ACCESS_KEY,
        id: id.to_owned(),
        active: key.text("Status") == Some("Active"),
        created: day(key, "CreateDate"),
        last_used,
        used_for,
        ..SeenCredential::default()
    })
}

fn purpose(told: &Record) -> Option<String> {
    let service = told.text("ServiceName")?;
    Some(match told.text("Region") {
        Some(region) => format!("{service} in {region}"),
        None => service.to_owned(),
    })
}

/// The password, and whether there is surely no other one.
async fn password(
    reader: &AwsReader,
    name: &str,
    record: &Record,
    report: Option<&Report>,
    denials: &mut Vec<(&'static str, &'static str, Denial)>,
) -> (Option<SeenCredential>, bool) {
    let seen = |created, last_used| SeenCredential {
        kind: PASSWORD,
        id: "console password".to_owned(),
        active: true,
        created,
        last_used,
        ..SeenCredential::default()
    };
    let report = report.filter(|report| report.has(name));
    if let Some(password) = report.and_then(|report| report.password(name)) {
        let last_used = password.last_used.max(used(record, "PasswordLastUsed"));
        return (Some(seen(password.changed, last_used)), true);
    }
    // The report is some hours old: a user who is not in it is younger, and so may be a password.
    match reader.one("GetLoginProfile", "LoginProfile", &[("UserName", name)]).await {
        Ok(profile) => (Some(seen(day(&profile, "CreateDate"), used(record, "PasswordLastUsed"))), true),
        Err(denial) if denial.is_missing() => (None, true),
        Err(_) if report.is_some() => (None, false),
        Err(denial) => {
            denials.push(("iam:GetLoginProfile", "console passwords are not known", denial));
            (None, false)
        }
    }
}

async fn role(reader: AwsReader, record: Record) -> Told {
    let Some(name) = record.text("RoleName") else { return (None, Vec::new()) };
    let mut role = identity(ROLE, name, &record);
    let path = record.text("Path").unwrap_or_default();
    if SERVICE_PATHS.iter().any(|begins| path.starts_with(begins)) {
        role.service_owned = true;
        return (Some(role), Vec::new());
    }
    // ListRoles has neither tags nor the last use.
    // Source: AWS IAM API Reference, ListRoles.
    match reader.one("GetRole", "Role", &[("RoleName", name)]).await {
        Ok(whole) => {
            role.last_used = used(&whole, "RoleLastUsed/LastUsedDate");
            role.used_for = whole.text("RoleLastUsed/Region").map(|region| format!("in {region}"));
            role.tags = whole.tags;
            (Some(role), Vec::new())
        }
        Err(denial) if denial.is_missing() => (None, Vec::new()),
        Err(denial) => {
            (Some(role), vec![("iam:GetRole", "tags and last uses of roles are not known", denial)])
        }
    }
}
