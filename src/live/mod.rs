//! What is there, held against what the code declares: identities and credentials that an account lists, with their
//! age and last use, joined with the model of the code.
//!
//! A name that is the same is not yet the same identity: an account is one of several, and code is applied in one of
//! them. Where it is not known in which, nothing is said to be missing there.

mod account;
pub mod aws;
mod declared;
mod home;
mod join;
mod naming;
mod remarks;
mod row;
mod show;

pub use account::{Account, SeenCredential, SeenIdentity};
pub use join::{Code, Joined, join};
pub use row::{AccountRow, CodeRef, Drift, Presence, Remark, RemarkKind, Row};
pub use show::LiveFormat;

use crate::config::{LiveAccount, LiveSettings, PathGlobs};
use crate::rotation::aws::{AwsReader, Endpoint};
use crate::rotation::operate::{OperateError, Surroundings, block_on};

/// An account, and the code that is said to be for it.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub account: Account,
    pub roots: PathGlobs,
}

/// Asks every account that is configured, or the one that the environment speaks for.
pub fn survey(settings: &LiveSettings, surroundings: &Surroundings<'_>) -> Result<Vec<Asked>, OperateError> {
    let usual = [LiveAccount::default()];
    let accounts = if settings.aws.is_empty() { &usual[..] } else { &settings.aws[..] };
    accounts.iter().map(|account| ask(account, surroundings)).collect()
}

fn ask(live: &LiveAccount, surroundings: &Surroundings<'_>) -> Result<Asked, OperateError> {
    let refusal = |(message, help)| OperateError::NotConfigured { message, help };
    let wrong = |why: String| refusal((why, "correct `endpoint` in `[[live.aws]]`".to_owned()));
    let access = &live.access;
    let iam = Endpoint::iam(access.endpoint.as_deref()).map_err(wrong)?;
    let sts = Endpoint::sts(access.endpoint.as_deref(), &access.region).map_err(wrong)?;
    let credentials = surroundings.aws(&access.access).map_err(refusal)?;
    let http = surroundings.http().map_err(refusal)?;
    let reader = AwsReader::new(http, iam, sts, surroundings.clock(), credentials);
    let account = block_on(aws::survey(&reader))?.map_err(|denial| {
        let help = "nothing was learned: `aws sts get-caller-identity` has to work with the same credentials";
        refusal((denial.message, help.to_owned()))
    })?;
    Ok(Asked { account, roots: live.roots.clone() })
}
