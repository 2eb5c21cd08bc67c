//! What a service acts for, where the code tells: the bucket, topic or rule that is set up to call the resource.
//! Source: Terraform Registry, attributes `arn` and `execution_arn` of each type; AWS Lambda Developer Guide, pages of
//! the services that call functions.

use crate::eval::value::ResourceId;
use crate::eval::{InstanceKey, Resource};
use crate::iam::aws::Who;
use crate::identity::guarded::Guarded;
use crate::rules::Context;
use crate::rules::policy_edits::{Demand, Place, Term, account, within_reach};
use crate::diagnostic::{Applicability, Edit, Fix};
use crate::rules::edits::add_argument;

/// What a service calls for, and the resource that sets the call up.
struct Source {
    service: &'static str,
    kind: &'static str,
    attribute: &'static str,
    /// What follows the attribute: all stages, all streams.
    rest: &'static str,
    link: &'static str,
}

const fn source(
    service: &'static str,
    kind: &'static str,
    attribute: &'static str,
    rest: &'static str,
    link: &'static str,
) -> Source {
    Source { service, kind, attribute, rest, link }
}

const SOURCES: [Source; 9] = [
    source("apigateway", "aws_api_gateway_rest_api", "execution_arn", "/*", "aws_api_gateway_integration"),
    source("apigateway", "aws_apigatewayv2_api", "execution_arn", "/*", "aws_apigatewayv2_integration"),
    source("cognito-idp", "aws_cognito_user_pool", "arn", "", "aws_cognito_user_pool"),
    source("elasticloadbalancing", "aws_lb_target_group", "arn", "", "aws_lb_target_group_attachment"),
    source("events", "aws_cloudwatch_event_rule", "arn", "", "aws_cloudwatch_event_target"),
    source("iot", "aws_iot_topic_rule", "arn", "", "aws_iot_topic_rule"),
    source("logs", "aws_cloudwatch_log_group", "arn", ":*", "aws_cloudwatch_log_subscription_filter"),
    source("s3", "aws_s3_bucket", "arn", "", "aws_s3_bucket_notification"),
    source("sns", "aws_sns_topic", "arn", "", "aws_sns_topic_subscription"),
];

/// Services that name the account they act for, besides or instead of a resource.
const NAME_ACCOUNTS: [&str; 3] = ["config", "s3", "ses"];

/// Services that send `aws:SourceAccount` when they act on something, and act on it for its own account alone:
/// buckets for logs, and roles that deliver them, often serve many accounts.
/// Source: the page of each service on the policies that it needs.
const ACTS_FOR_ACCOUNT: [(&str, &[&str]); 6] = [
    ("kms", &["ses"]),
    ("logs", &["es"]),
    ("s3", &["logging"]),
    ("sns", &["s3"]),
    ("sqs", &["s3"]),
    (
        "sts",
        &["bedrock", "cognito-idp", "ecs-tasks", "firehose", "iot", "pipes", "scheduler", "ssm", "transfer", "vpc-flow-logs"],
    ),
];

/// A limit for a permission of a function.
pub(super) fn of_permission(cx: &Context<'_>, permission: &Resource, service: &str) -> Option<Fix> {
    let sources = cx.shared.sources;
    let file = sources.find(permission.header().file)?;
    let function = refers_to(permission, "function_name").next();
    let reach = |kind: &str| within_reach(cx, file, kind);
    if let Some((from, term)) = calls(cx, service, function, &reach) {
        let edit = add_argument(sources, permission.span(), "source_arn", &term.in_hcl())?;
        return Some(fix(format!("Let it call for `{from}` only"), vec![edit]));
    }
    let account = account(cx, file, permission).filter(|_| NAME_ACCOUNTS.contains(&service))?;
    let edit = add_argument(sources, permission.span(), "source_account", &account)?;
    Some(fix("Let it call for resources of this account only".to_string(), vec![edit]))
}

/// A condition for a statement that lets in one service and nobody else.
pub(super) fn of_statement(cx: &Context<'_>, guarded: &Guarded, index: usize, service: &str) -> Option<Fix> {
    let statement = guarded.document.document.statements.get(index)?;
    let alone = matches!(statement.principals.list(), [one] if matches!(one.who(), Who::Service(_)));
    let place = Place::of(cx, statement.at.span?).filter(|_| alone)?;
    let target = cx.model.guarded_resource(guarded);
    let reach = |kind: &str| place.within_reach(cx, kind);
    let delivers = matches!(guarded.asset.service, "sqs" | "sns");
    if delivers && let Some((from, term)) = calls(cx, service, Some(target), &reach) {
        let edits = place.demand(&Demand::one("ArnEquals", "aws:SourceArn", term))?;
        return Some(fix(format!("Let it act for `{from}` only"), edits));
    }
    let names_account = ACTS_FOR_ACCOUNT.iter().any(|(on, services)| *on == guarded.asset.service && services.contains(&service));
    if !names_account {
        return None;
    }
    let edits = place.demand(&Demand::one("StringEquals", "aws:SourceAccount", place.account(cx, cx.model.resource(target))?))?;
    Some(fix("Let it act for resources of this account only".to_string(), edits))
}

fn fix(title: String, edits: Vec<Edit>) -> Fix {
    Fix::new(title, Applicability::Unsafe, edits)
}

/// The one resource for which a service calls a target, by what connects the two; without that, the only one of
/// its kind.
fn calls<'m>(
    cx: &Context<'m>,
    service: &str,
    target: Option<ResourceId>,
    reach: &dyn Fn(&str) -> Vec<&'m Resource>,
) -> Option<(String, Term)> {
    let mut linked = Vec::new();
    let mut any = Vec::new();
    for row in SOURCES.iter().filter(|row| row.service == service) {
        let here = reach(row.kind);
        any.extend(here.iter().map(|it| (row, *it)));
        let links: Vec<ResourceId> = cx
            .model
            .uses
            .iter()
            .filter(|usage| target.is_some_and(|target| usage.used == target))
            .filter_map(|usage| usage.user.filter(|user| &*cx.model.resource(*user).kind == row.link))
            .collect();
        let joins = |it: &Resource| {
            let by_link = |link: &ResourceId| {
                *link == it.id || cx.model.uses.iter().any(|one| one.user == Some(*link) && one.used == it.id)
            };
            links.iter().any(by_link)
        };
        linked.extend(here.iter().filter(|it| joins(it)).map(|it| (row, *it)));
    }
    let found = if linked.is_empty() { any } else { linked };
    let [(row, one)] = found.as_slice() else { return None };
    if one.key != InstanceKey::None {
        return None;
    }
    let reference = format!("{}.{}", one.local_address(), row.attribute);
    let term = match row.rest {
        "" => Term::Reference(reference),
        rest => Term::Template(format!("${{{reference}}}{rest}")),
    };
    Some((one.local_address(), term))
}

fn refers_to(resource: &Resource, name: &str) -> impl Iterator<Item = ResourceId> {
    let refs = resource.body.value(name).map(|value| value.deep_refs().iter().map(|it| it.resource).collect());
    let refs: Vec<ResourceId> = refs.unwrap_or_default();
    refs.into_iter()
}
