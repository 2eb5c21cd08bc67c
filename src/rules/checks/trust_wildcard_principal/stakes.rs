//! What it is worth to get in.

use super::Stake;
use crate::diagnostic::{Persona, Severity};
use crate::eval::value::{ResourceId, Value};
use crate::iam::aws::{ActionSet, Flags, Level, Statement, catalogue, expand};
use crate::identity::guarded::Guarded;
use crate::identity::policy::Tag;
use crate::rules::Context;
use crate::rules::parties::assumes;
use crate::rules::surroundings::is_sample;

pub(super) fn of(cx: &Context<'_>, guarded: &Guarded, index: usize) -> Option<Stake> {
    let statement = guarded.document.document.statements.get(index)?;
    let mut stake = match guarded.is_trust() {
        true => assumes(statement).then(|| Stake::new(Severity::Critical))?,
        false => of_actions(guarded, statement)?,
    };
    if let Some(note) = on_purpose(cx, guarded, statement) {
        stake.persona = Persona::Strict;
        stake.severity = stake.severity.shifted(-1);
        stake.note = Some(note.to_string());
    }
    // What a module attaches to nothing here depends on what it is given.
    let in_module = guarded.is_loose() && cx.model.resource(guarded.document.resource).module.0 > 0;
    if in_module || is_sample(cx, cx.model, guarded.at(index)) {
        stake.persona = stake.persona.max(Persona::Strict);
    }
    Some(stake)
}

impl Stake {
    fn new(severity: Severity) -> Self {
        Stake { severity, persona: Persona::Regular, note: None }
    }
}

fn of_actions(guarded: &Guarded, statement: &Statement<Tag>) -> Option<Stake> {
    let expansion = expand(&statement.actions);
    let service = catalogue().service(guarded.asset.service);
    let mut allowed = ActionSet::new();
    match service {
        Some(service) => service.ids().filter(|id| expansion.yes.contains(*id)).for_each(|id| allowed.insert(id)),
        None => allowed = expansion.yes,
    }
    let has = |level: Level| !allowed.is_disjoint(catalogue().at_level(level));
    let flags = catalogue().flags_of(&allowed);
    let decrypts = ["kms:Decrypt", "kms:ReEncryptFrom", "kms:CreateGrant"].iter().any(|it| allowed.has(it));
    let severity = if has(Level::Permissions) || flags.has(Flags::SECRET) || decrypts {
        Severity::Critical
    } else if has(Level::Write) || has(Level::Tagging) || receives(&allowed) {
        Severity::High
    } else if guarded.asset.service == "ecr-public" {
        return None;
    } else {
        Severity::Medium
    };
    Some(Stake::new(severity))
}

/// Taking messages off a queue is called reading, but nobody else gets them then.
fn receives(allowed: &ActionSet) -> bool {
    allowed.has("sqs:ReceiveMessage")
}

/// Signs that it is meant to be open, or open to a network only.
fn on_purpose(cx: &Context<'_>, guarded: &Guarded, statement: &Statement<Tag>) -> Option<&'static str> {
    let only = |test: &dyn Fn(&str) -> bool| {
        let actions = statement.actions.elements();
        !statement.actions.is_negated()
            && !actions.is_empty()
            && actions.iter().all(|it| test(&it.pattern.to_string().to_ascii_lowercase()))
    };
    let target = cx.model.guarded_resource(guarded);
    let body = &cx.model.resource(target).body;
    match guarded.asset.service {
        "s3" if only(&|action| action.starts_with("s3:getobject")) => {
            Some("objects that everybody may read can be meant, as those of a website")
        }
        "s3" if only(&|action| action.starts_with("s3:get") || action.starts_with("s3:list")) && says_public(statement) => {
            Some("the statement calls itself public")
        }
        "s3" if is_blocked(cx, target) => Some("the public access block of the bucket keeps the policy out of effect"),
        "execute-api" => Some("an API without a policy is open as well; methods may ask for a signature or token"),
        "elasticfilesystem" if only(&|action| action.starts_with("elasticfilesystem:client")) => {
            Some("clients have to reach a mount target of the file system")
        }
        "es" if body.has_block("vpc_options") => Some("the domain is reached from its VPC only"),
        "es" if body.block("advanced_security_options").and_then(|it| it.bool("enabled")) == Some(true) => {
            Some("the domain asks for a user of its own as well")
        }
        "lambda" if guarded.asset.noun == "function layer" => Some("a layer may be published on purpose"),
        "lambda" if statement.conditions.iter().any(|it| it.is_about("lambda:FunctionUrlAuthType")) => {
            Some("the URL of the function is public")
        }
        "vpc-lattice-svcs" => Some("callers have to be in a network that the service is shared with"),
        _ => None,
    }
}

fn says_public(statement: &Statement<Tag>) -> bool {
    statement.sid.as_ref().is_some_and(|sid| sid.to_ascii_lowercase().contains("public"))
}

/// A public access block refuses such policies, or leaves them without effect for others.
/// Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage".
fn is_blocked(cx: &Context<'_>, bucket: ResourceId) -> bool {
    let declared = cx.model.resource(bucket);
    let name = declared.body.text("bucket");
    cx.model.project.resources.iter().any(|resource| {
        if &*resource.kind != "aws_s3_bucket_public_access_block" {
            return false;
        }
        let on = |name: &str| resource.body.bool(name) == Some(true);
        let same = resource.body.value("bucket").is_some_and(|value: &Value| {
            value.deep_refs().iter().any(|reference| reference.resource == bucket)
                || (value.as_str().is_some() && value.as_str() == name)
        });
        same && (on("block_public_policy") || on("restrict_public_buckets"))
    })
}

/// The actions in a message.
pub(super) fn listed(statement: &Statement<Tag>) -> String {
    let names: Vec<String> = statement.actions.elements().iter().map(|it| it.pattern.to_string()).collect();
    let shown = crate::rules::surroundings::listed(names.iter().map(String::as_str), 3);
    match statement.actions.is_negated() {
        true => format!("everything but {shown}"),
        false => shown,
    }
}
