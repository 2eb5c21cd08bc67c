//! What Terraform holds must not be exchanged behind its back: the next apply would undo it, or fail.

use crate::config::{IssuerSettings, RotationTarget};
use crate::identity::{Credential, Estate, Model, Naming, Subject};

/// What of the code a target would exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    pub address: String,
    /// It may be another one: the name is known in part only, or is that of something that has several.
    pub perhaps: bool,
}

pub fn declared(estate: &Estate, target: &RotationTarget) -> Option<Declared> {
    let all = estate.models.iter().flat_map(|model| {
        let kept = |it: &&Credential| !model.resource(it.resource).lifecycle.ignores_all;
        let credentials = model.credentials.iter().filter(kept);
        credentials.filter_map(move |credential| {
            let address = credential.address.clone();
            if address == *target.credential.get_ref() {
                return Some(Declared { address, perhaps: false });
            }
            let fits = names(model, credential, target)?;
            (fits != Fits::No).then_some(Declared { address, perhaps: fits == Fits::Perhaps })
        })
    });
    let meant = |found: &Declared| !target.outside_terraform || found.address == *target.credential.get_ref();
    all.filter(meant).min_by_key(|found| found.perhaps)
}

/// Whether a name may be that of the one that is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fits {
    No,
    Perhaps,
    Yes,
}

impl Fits {
    /// Of a name of which nothing is known, nothing is said.
    fn of(naming: &Naming, name: &str) -> Fits {
        match naming {
            Naming::Exact(exact) if exact == name => Fits::Yes,
            Naming::Pieces(_) if naming.fits(name) => Fits::Perhaps,
            _ => Fits::No,
        }
    }
}

/// By the name of whom it is of; `None` where no name of the code can be that.
fn names(model: &Model, credential: &Credential, target: &RotationTarget) -> Option<Fits> {
    let of = |kind: &str| (credential.kind == kind).then_some(());
    match &target.issuer {
        IssuerSettings::AwsIam { user, .. } => {
            of("aws_iam_access_key")?;
            Some(fits(model, &credential.subject, user))
        }
        IssuerSettings::GcpKey(settings) => {
            of("google_service_account_key")?;
            let account = settings.account.split('@').next().unwrap_or_default();
            let names = [settings.account.as_str(), account];
            names.iter().map(|name| fits(model, &credential.subject, name)).max()
        }
        // Which of several it is cannot be told before it is looked up.
        IssuerSettings::DeployKey(settings) => {
            of("github_repository_deploy_key")?;
            let written = model.resource(credential.resource).body.value("repository")?;
            Some(Fits::of(&Naming::written(written), &settings.repository).min(Fits::Perhaps))
        }
        // Roles, secret ids and certificates are new each time, and client ids are in the state alone, so that only
        // the address can be meant.
        IssuerSettings::Postgres { .. }
        | IssuerSettings::AppRole { .. }
        | IssuerSettings::Pki(_)
        | IssuerSettings::EntraPassword(_) => None,
    }
}

fn fits(model: &Model, subject: &Subject, name: &str) -> Fits {
    let known = match subject {
        Subject::Identity(id) => model.identity(*id).name.as_deref(),
        // `projects/P/serviceAccounts/EMAIL`
        Subject::External(name) => name.rsplit('/').next(),
        _ => None,
    };
    known.map_or(Fits::No, |known| Fits::of(&Naming::read(known), name))
}
