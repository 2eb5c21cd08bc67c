//! Who may become which role: its trusts, turned round so that they are found by who is let in.

use crate::identity::model::{IdentityId, Model};
use crate::identity::permission::Permissions;
use crate::identity::privilege::Holder;
use crate::identity::trust::{Issuer, Party, Via, Width, trusts};
use crate::source::Span;
use indexmap::IndexMap;
use std::collections::HashMap;

/// A way into a role.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    pub role: IdentityId,
    pub certain: bool,
    /// The characters of the trust that let in.
    pub span: Span,
}

#[derive(Debug, Default)]
pub struct Doors {
    /// By the service that may become it.
    pub services: HashMap<String, IndexMap<IdentityId, Door>>,
    /// Open to whoever in the account is allowed to.
    pub account: IndexMap<IdentityId, Door>,
    /// Open to somebody by name.
    pub named: Vec<(Holder, Door)>,
    /// Roles that let in a provider of identities.
    pub federated: Vec<Door>,
}

/// Services that run what their users write, or call what their users ask for, with the role that they are given.
/// Others use it for work of their own, so that nobody but AWS holds it.
const RUNS_CODE: [&str; 28] = [
    "amplify",
    "apigateway",
    "appsync",
    "bedrock",
    "bedrock-agentcore",
    "cloudformation",
    "codebuild",
    "codepipeline",
    "cognito-identity",
    "datapipeline",
    "ec2",
    "ecs-tasks",
    "edgelambda",
    "elasticbeanstalk",
    "emr-serverless",
    "events",
    "glue",
    "iot",
    "lambda",
    "pipes",
    "pods.eks",
    "rolesanywhere",
    "sagemaker",
    "scheduler",
    "ssm",
    "states",
    "tasks.apprunner",
    "databrew",
];

impl Doors {
    pub fn of(model: &Model, permissions: &Permissions) -> Doors {
        let mut doors = Doors::default();
        for trust in trusts(model).iter().filter(|trust| model.identity(trust.target).kind == "aws_iam_role")
        {
            let door = Door { role: trust.target, certain: trust.certainty.is_yes(), span: trust.span };
            match &trust.party {
                Party::Service(service) => {
                    let service = service.strip_suffix(".cn").unwrap_or(service).to_string();
                    doors.services.entry(service).or_default().insert(door.role, door);
                }
                Party::Anyone if trust.via == Via::AssumeRole => {
                    doors.account.insert(door.role, door);
                }
                Party::Account(account) => {
                    let role = model.resource(model.identity(trust.target).resource);
                    let here = permissions.accounts.account(role);
                    if account.as_deref().is_none_or(|id| here.has_id(id)) {
                        doors.account.insert(door.role, door);
                    }
                }
                Party::Subject(subject) => {
                    let Some(holder) = Holder::by_itself(subject) else { continue };
                    doors.named.push((holder, door));
                }
                Party::Federated(federation) => {
                    if trust.via == Via::WebIdentity && federation.issuer == Issuer::Cognito {
                        doors
                            .services
                            .entry("cognito-identity.amazonaws.com".to_string())
                            .or_default()
                            .insert(door.role, door);
                    }
                    if federation.issuer == Issuer::RolesAnywhere
                        && federation.width == Some(Width::Organization)
                    {
                        // Any trust anchor will do, a new one included.
                        let service = "rolesanywhere.amazonaws.com".to_string();
                        doors.services.entry(service).or_default().insert(door.role, door);
                    }
                    doors.federated.push(door);
                }
                _ => {}
            }
        }
        doors
    }
}

/// Whether only services of AWS hold a role, for work of their own, so that nobody's code runs as it.
pub fn is_for_aws(model: &Model, role: IdentityId) -> bool {
    let mut services = trusts(model).of(role).map(|trust| match &trust.party {
        Party::Service(service) => {
            let name = service.strip_suffix(".cn").unwrap_or(service).strip_suffix(".amazonaws.com");
            !RUNS_CODE.iter().any(|known| name == Some(known))
        }
        _ => false,
    });
    let any = services.next();
    any == Some(true) && services.all(|by_aws| by_aws)
}
