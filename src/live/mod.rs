//! What is there, held against what the code declares: identities and credentials that an account lists, with their
//! age and last use, joined with the model of the code.
//!
//! A name that is the same is not yet the same identity: an account is one of several, and code is applied in one of
//! them. Where it is not known in which, nothing is said to be missing there.

mod account;
pub mod aws;
pub mod azure;
mod declared;
pub mod github;
pub mod google;
mod home;
mod join;
mod kinds;
mod naming;
mod pairs;
mod refusals;
mod remarks;
mod row;
mod show;

pub use account::{Account, SeenCredential, SeenIdentity, SeenOwner};
pub use join::{Code, Joined, join};
pub use row::{AccountRow, CodeRef, Drift, Presence, Remark, RemarkKind, Row};

use crate::config::{LiveAccount, LiveProject, LiveRepository, LiveSettings, LiveTenant, PathGlobs};
use crate::forge;
use crate::identity::Model;
use crate::rotation::aws::{AwsReader, Endpoint};
use crate::rotation::azure::{Actor, TenantReader};
use crate::rotation::gcp::ProjectReader;
use crate::rotation::operate::{OperateError, Surroundings, block_on};
use crate::source::{SourceMap, Span};
use secrecy::ExposeSecret;

/// An account, and the code that is said to be for it.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub account: Account,
    pub roots: PathGlobs,
}

/// Where something is declared.
fn place(sources: &SourceMap, model: &Model, span: Span, address: &str) -> CodeRef {
    let (file, line) = match sources.find(span.file) {
        Some(file) => (file.path.clone(), file.position(span.start).line + 1),
        None => (String::new(), 0),
    };
    let dir = &model.project.dir;
    let root = if dir.is_empty() { ".".to_owned() } else { dir.clone() };
    CodeRef { root, address: address.to_owned(), file, line }
}

/// Asks every account that is configured, or the one that the environment speaks for. One of several that cannot be
/// asked is a gap.
pub fn survey(settings: &LiveSettings, surroundings: &Surroundings<'_>) -> Result<Vec<Asked>, OperateError> {
    let usual = [LiveAccount::default()];
    let accounts = if settings.is_empty() { &usual[..] } else { &settings.aws[..] };
    let mut told = Vec::new();
    for live in accounts {
        let silent = Account { provider: "aws", id: "not known".to_owned(), ..Account::default() };
        told.push((silent, live.roots.clone(), ask(live, surroundings)));
    }
    for live in &settings.github {
        let silent = Account { provider: "github", id: live.repository.clone(), ..Account::default() };
        told.push((silent, PathGlobs::default(), ask_github(live, surroundings)));
    }
    for live in &settings.google {
        let silent = Account { provider: "google", id: live.project.clone(), ..Account::default() };
        told.push((silent, live.roots.clone(), ask_google(live, surroundings)));
    }
    for live in &settings.azure {
        let silent = Account { provider: "azure", id: live.tenant.clone(), ..Account::default() };
        told.push((silent, live.roots.clone(), ask_azure(live, surroundings)));
    }
    let failed = told.iter().all(|(_, _, told)| told.is_err());
    let mut asked = Vec::new();
    for (silent, roots, told) in told {
        let account = match told {
            Ok(account) => account,
            Err(error) if failed => return Err(error),
            Err(error) => Account { gaps: vec![format!("nothing of it is known: {error}")], ..silent },
        };
        asked.push(Asked { account, roots });
    }
    Ok(asked)
}

fn ask_github(live: &LiveRepository, surroundings: &Surroundings<'_>) -> Result<Account, OperateError> {
    let refusal =
        |message: String, help: &str| OperateError::NotConfigured { message, help: help.to_owned() };
    let told = |error: forge::Error| {
        refusal(error.message, &error.help.replace("--api-url", "`api` in `[[live.github]]`"))
    };
    let repository = live.repository.parse();
    let repository =
        repository.map_err(|why: String| refusal(why, "correct `repository` in `[[live.github]]`"))?;
    let token = surroundings.secret(&live.token).map_err(|(message, help)| refusal(message, &help))?;
    let auth = forge::Auth::token(token.expose_secret()).map_err(told)?;
    let api = live.api.clone().unwrap_or_else(|| forge::PUBLIC_API.to_owned());
    let limits = forge::Limits::default();
    let settings = forge::Settings { api, repository, auth, limits, now: surroundings.now };
    github::survey(&forge::Client::new(settings).map_err(told)?).map_err(told)
}

fn ask(live: &LiveAccount, surroundings: &Surroundings<'_>) -> Result<Account, OperateError> {
    let refusal = |(message, help)| OperateError::NotConfigured { message, help };
    let wrong = |why: String| refusal((why, "correct `endpoint` in `[[live.aws]]`".to_owned()));
    let access = &live.access;
    let iam = Endpoint::iam(access.endpoint.as_deref()).map_err(wrong)?;
    let sts = Endpoint::sts(access.endpoint.as_deref(), &access.region).map_err(wrong)?;
    let credentials = surroundings.aws(&access.access).map_err(refusal)?;
    let http = surroundings.http().map_err(refusal)?;
    let reader = AwsReader::new(http, iam, sts, surroundings.clock(), credentials);
    block_on(aws::survey(&reader))?.map_err(|denial| {
        let help = "nothing was learned: `aws sts get-caller-identity` has to work with the same credentials";
        refusal((denial.message, help.to_owned()))
    })
}

fn ask_google(live: &LiveProject, surroundings: &Surroundings<'_>) -> Result<Account, OperateError> {
    let refusal = |(message, help)| OperateError::NotConfigured { message, help };
    let wrong = |why: String| refusal((why, "correct `endpoint` in `[[live.google]]`".to_owned()));
    let http = surroundings.http().map_err(refusal)?;
    let actor = surroundings.google(&live.access, &http).map_err(refusal)?;
    let asked_as = actor.email().unwrap_or_default();
    let endpoint = live.access.endpoint.as_deref();
    let reader = ProjectReader::new(&http, endpoint, surroundings.clock(), &actor, &live.project);
    let reader = reader.map_err(wrong)?;
    block_on(google::survey(&reader, &live.project, asked_as))?.map_err(|denial| {
        let help = format!("nothing was learned of the project: `gcloud iam service-accounts list --project {}` has to work as the same", live.project);
        refusal((denial.message, help))
    })
}

fn ask_azure(live: &LiveTenant, surroundings: &Surroundings<'_>) -> Result<Account, OperateError> {
    let refusal = |(message, help)| OperateError::NotConfigured { message, help };
    let wrong = |why: String| refusal((why, "correct `endpoint` in `[[live.azure]]`".to_owned()));
    let http = surroundings.http().map_err(refusal)?;
    let login = surroundings.azure(&live.access, &http).map_err(refusal)?;
    let actor = Actor::new(http.clone(), surroundings.clock(), login);
    let reader = TenantReader::new(http, live.endpoint.as_deref(), surroundings.clock(), actor);
    let reader = reader.map_err(wrong)?;
    block_on(azure::survey(&reader, &live.tenant))?.map_err(|denial| {
        let help =
            "nothing was learned of the tenant: who asks needs `Application.Read.All` of Microsoft Graph";
        refusal((denial.message, help.to_owned()))
    })
}
