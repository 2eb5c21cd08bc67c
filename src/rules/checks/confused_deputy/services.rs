//! Services that act for whoever configures them to.
//! Source: AWS IAM User Guide, "Cross-service confused deputy prevention", and the pages of the services that it
//! links to.

use super::{ConfusedDeputy, sources, subject};
use crate::diagnostic::{Confidence, Fix, Persona, Severity};
use crate::iam::aws::{Effect, Statement, Who};
use crate::identity::guarded::Guarded;
use crate::identity::policy::Tag;
use crate::rules::parties::{Written, assumes};
use crate::rules::surroundings::is_sample;
use crate::rules::{Context, Draft};

/// Services that call a function for the resource of any customer, with the arguments that limit them.
const CALLERS: &[(&str, &str)] = &[
    ("apigateway", "source_arn"),
    ("bedrock", "source_account` or `source_arn"),
    ("cognito-idp", "source_arn"),
    ("config", "source_account"),
    ("connect", "source_arn"),
    ("elasticloadbalancing", "source_arn"),
    ("events", "source_arn"),
    ("iot", "source_arn` or `source_account"),
    ("lexv2", "source_arn` or `source_account"),
    ("logs", "source_arn` or `source_account"),
    ("s3", "source_account` and `source_arn"),
    ("ses", "source_account"),
    ("sns", "source_arn"),
];
/// Services that deliver to queues and topics of any account.
const TO_QUEUES: &[&str] = &["s3", "sns"];
const TO_TOPICS: &[&str] = &["s3"];
/// Services whose guides ask for the condition in the trust policy of their role.
const ROLES: &[&str] = &[
    "bedrock", "cognito-idp", "ecs-tasks", "firehose", "iot", "logs", "pipes", "scheduler", "ssm", "transfer",
    "vpc-flow-logs",
];

pub(super) fn check(cx: &mut Context<'_>, guarded: &Guarded, written: &Written<'_>, index: usize) {
    let statement = &guarded.document.document.statements[index];
    if statement.effect != Effect::Allow || !statement.limits().is_empty() {
        return;
    }
    // A token of the caller's skill, which no other has.
    if statement.conditions.iter().any(|it| it.is_about("lambda:EventSourceToken")) {
        return;
    }
    let mut found: Vec<(Persona, &str, &Tag)> = Vec::new();
    for principal in statement.principals.list() {
        if let Who::Service(name) = principal.who()
            && let Some(persona) = persona(guarded, statement, short(name))
        {
            found.push((persona, name, &principal.element.at));
        }
    }
    found.sort_by_key(|(persona, ..)| *persona);
    if let Some((persona, name, tag)) = found.into_iter().next() {
        let value = tag.span.and_then(|span| written.at(span));
        let draft = draft(cx, guarded, index, persona, name, tag);
        let draft = match value {
            Some(value) => draft.route(value),
            None => draft,
        };
        cx.emit(subject(cx, guarded, draft));
    }
}

/// `logs.eu-west-1.amazonaws.com` → `logs`.
fn short(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

fn persona(guarded: &Guarded, statement: &Statement<Tag>, service: &str) -> Option<Persona> {
    match guarded.asset.service {
        "sts" => (assumes(statement) && ROLES.contains(&service)).then_some(Persona::Strict),
        "lambda" if CALLERS.iter().any(|row| row.0 == service) => Some(Persona::Regular),
        "sqs" if TO_QUEUES.contains(&service) => Some(Persona::Regular),
        "sns" if TO_TOPICS.contains(&service) => Some(Persona::Regular),
        // EventBridge publishes to topics without the keys that a condition could ask for.
        "sns" if service == "events" => None,
        "lambda" | "sqs" | "sns" | "kms" | "s3" | "secretsmanager" | "logs" => Some(Persona::Strict),
        _ => None,
    }
}

fn draft(
    cx: &Context<'_>,
    guarded: &Guarded,
    index: usize,
    persona: Persona,
    name: &str,
    tag: &Tag,
) -> Draft {
    let model = cx.model;
    let resource = model.resource(guarded.document.resource);
    let target = &model.resource(model.guarded_resource(guarded)).address;
    let span = tag.span.unwrap_or_else(|| guarded.at(index));
    let message = match guarded.is_trust() {
        true => format!("`{target}` is taken on by `{name}` for resources of any account"),
        false => format!("`{name}` may use {} `{target}` for resources of any account", guarded.asset.noun),
    };
    let is_flat = &*resource.kind == "aws_lambda_permission";
    let argument = CALLERS.iter().find(|row| row.0 == short(name)).map_or("source_arn", |row| row.1);
    let help = match is_flat {
        true => format!("set `{argument}` to what calls the function"),
        false => "add a condition on `aws:SourceArn` or `aws:SourceAccount`".to_string(),
    };
    let persona = match is_sample(cx, model, guarded.at(index)) || guarded.is_loose() {
        true => persona.max(Persona::Strict),
        false => persona,
    };
    let severity = if persona == Persona::Regular { Severity::Medium } else { Severity::Low };
    let draft = cx
        .draft(ConfusedDeputy::INFO, resource, &guarded.document.attribute, span, message)
        .label("no source is named")
        .severity(severity)
        .confidence(Confidence::High)
        .persona(persona)
        .root(guarded.at(index))
        .help(help);
    let fix = match is_flat {
        true => sources::of_permission(cx, resource, short(name)),
        false => sources::of_statement(cx, guarded, index, short(name)),
    };
    draft.fix(fix.unwrap_or_else(|| match is_flat {
        true => Fix::manual(format!("Set `{argument}`")),
        false => Fix::manual("Add a condition on `aws:SourceArn` or `aws:SourceAccount`"),
    }))
}
