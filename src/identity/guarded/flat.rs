//! Permissions that are written as arguments instead of a document. Each is read as the statement that AWS
//! makes of it.
//! Source: AWS Lambda API Reference, `AddPermission` and `AddLayerVersionPermission`; Amazon EventBridge API
//! Reference, `PutPermission`.

use super::{Asset, Guarded};
use crate::eval::value::Value;
use crate::eval::{BlockValue, Resource};
use crate::iam::aws::{
    Actions, Condition, Document, Effect, Operator, Principal, PrincipalKind, Principals, Statement,
};
use crate::iam::{Element, Syntax};
use crate::identity::policy::{AwsDocument, Tag, pattern};

pub(super) fn guarded(resource: &Resource) -> Option<Guarded> {
    let body = &resource.body;
    let (asset, default_action) = match &*resource.kind {
        "aws_lambda_permission" => (Asset { noun: "function", service: "lambda", own: false }, None),
        "aws_lambda_layer_version_permission" => {
            (Asset { noun: "function layer", service: "lambda", own: false }, None)
        }
        "aws_cloudwatch_event_permission" => {
            (Asset { noun: "event bus", service: "events", own: false }, Some("events:PutEvents"))
        }
        _ => return None,
    };
    let attr = body.attr("principal")?;
    let principal = &attr.value;
    let mut tag = Tag::of(principal);
    tag.span = tag.span.or(Some(attr.expr_span));
    let mut statement = Statement::new(Effect::Allow, Tag::at(body.span));
    statement.sid = body.text("statement_id").map(str::to_string);
    let action = body.value("action").cloned().or_else(|| default_action.map(Value::string));
    let action = action.unwrap_or_else(|| Value::string("*"));
    statement.actions =
        Actions::Only(vec![Element::new(pattern(&action, Syntax::Glob), Tag::at(action.meta.span))]);
    let kind = match principal.as_str() {
        Some("*") => PrincipalKind::Everyone,
        Some(text) if text.contains(".amazon") && !text.starts_with("arn:") => PrincipalKind::Service,
        _ => PrincipalKind::Aws,
    };
    let element = Element::new(pattern(principal, Syntax::Glob), tag);
    statement.principals = Principals::Only(vec![Principal::new(kind, element)]);
    for (argument, operator, key) in [
        ("source_arn", "ArnLike", "aws:SourceArn"),
        ("source_account", "StringEquals", "aws:SourceAccount"),
        ("principal_org_id", "StringEquals", "aws:PrincipalOrgID"),
        ("organization_id", "StringEquals", "aws:PrincipalOrgID"),
        ("function_url_auth_type", "StringEquals", "lambda:FunctionUrlAuthType"),
        ("event_source_token", "StringEquals", "lambda:EventSourceToken"),
    ] {
        if let Some(value) = body.value(argument) {
            statement.conditions.push(condition(operator, key, value));
        }
    }
    for block in body.blocks("condition") {
        statement.conditions.extend(written(&block));
    }
    let document = AwsDocument {
        document: Document::new(vec![statement]).into(),
        resource: resource.id,
        attribute: "principal".to_string(),
        span: attr.expr_span,
    };
    Some(Guarded { document, asset, identity: None })
}

fn condition(operator: &str, key: &str, value: &Value) -> Condition<Tag> {
    let operator = Operator::parse(operator);
    let tag = Tag::of(value);
    let values = vec![Element::new(pattern(value, operator.syntax()), tag)];
    Condition::new(operator, key, values, tag)
}

/// The `condition` block of an event permission.
fn written(block: &BlockValue) -> Option<Condition<Tag>> {
    Some(condition(block.text("type")?, block.text("key")?, block.value("value")?))
}
