//! Deploy keys, secrets of workflows and installed Apps of a repository on GitHub.

mod join;

pub(super) use join::Repositories;

use super::account::{Account, SeenCredential, SeenIdentity};
use crate::dates::date_of;
use crate::forge::{Client, DeployKey, Error, Installation, StoredSecret};
use crate::rotation::plan::Used;

pub(super) const REPOSITORY: &str = "github_repository";
pub(super) const DEPLOY_KEY: &str = "github_repository_deploy_key";
pub(super) const ACTIONS_SECRET: &str = "github_actions_secret";
pub(super) const DEPENDABOT_SECRET: &str = "github_dependabot_secret";
/// Nobody installs an App with Terraform, so no code declares one.
pub(super) const APP: &str = "github_app_installation";

/// Everything that GitHub tells whoever asks; what it does not is a gap. The error is that of the last question, when
/// there is no answer to any.
pub fn survey(client: &Client) -> Result<Account, Error> {
    let id = client.slug().to_string();
    let mut account = Account { provider: "github", id: id.clone(), ..Account::default() };
    let mut repository = SeenIdentity { kind: REPOSITORY, name: id.clone(), id, ..SeenIdentity::default() };
    let mut answered = false;
    let mut last = None;
    let mut take = |kind, what: &str, told: Result<Vec<SeenCredential>, Error>| match told {
        Ok(found) => {
            answered = true;
            account.complete.insert(kind);
            repository.credentials.extend(found);
        }
        Err(error) => {
            account.gaps.push(format!("{what} are not known: {error}"));
            last = Some(error);
        }
    };
    take(
        DEPLOY_KEY,
        "deploy keys",
        client.deploy_keys().map(|keys| keys.into_iter().map(deploy_key).collect()),
    );
    let secrets = |kind, told: Result<Vec<StoredSecret>, Error>| {
        told.map(|all| all.into_iter().map(|one| secret(kind, one)).collect())
    };
    take(ACTIONS_SECRET, "secrets of Actions", secrets(ACTIONS_SECRET, client.actions_secrets()));
    take(DEPENDABOT_SECRET, "secrets of Dependabot", secrets(DEPENDABOT_SECRET, client.dependabot_secrets()));
    if let (false, Some(error)) = (answered, last) {
        return Err(error);
    }
    account.identities.push(repository);
    match client.installations() {
        Ok(found) => account.identities.extend(found.into_iter().map(app)),
        Err(error) => account.gaps.push(format!("installed Apps are not known: {error}")),
    }
    Ok(account)
}

fn deploy_key(key: DeployKey) -> SeenCredential {
    let rights = if key.read_only { "to read" } else { "to read and write" };
    let by = key.added_by.map(|who| format!(", added by {who}")).unwrap_or_default();
    SeenCredential {
        kind: DEPLOY_KEY,
        id: key.title,
        public: Some(key.key),
        active: key.enabled,
        created: date_of(&key.created_at),
        last_used: match key.last_used {
            Some(Some(date)) => date_of(&date).map_or(Used::Unknown, Used::On),
            Some(None) => Used::Never,
            None => Used::Unknown,
        },
        used_for: Some(format!("{rights}{by}")),
        ..SeenCredential::default()
    }
}

/// A secret is as old as its value. When it is used is not told.
fn secret(kind: &'static str, secret: StoredSecret) -> SeenCredential {
    SeenCredential {
        kind,
        id: secret.name,
        active: true,
        created: date_of(&secret.updated_at),
        ..SeenCredential::default()
    }
}

fn app(app: Installation) -> SeenIdentity {
    let reach = match app.repository_selection.as_str() {
        "all" => "all repositories",
        _ => "some repositories",
    };
    let state = if app.suspended_at.is_some() { ", suspended" } else { "" };
    SeenIdentity {
        kind: APP,
        id: app.app_slug.clone(),
        name: app.app_slug,
        created: date_of(&app.created_at),
        used_for: Some(format!("{reach}{state}")),
        ..SeenIdentity::default()
    }
}
