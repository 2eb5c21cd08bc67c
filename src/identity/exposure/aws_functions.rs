//! AWS: functions that the internet may call. Rows: lambda-url, lambda-public-permission, lambda-alb,
//! cloudfront-origin. Source: AWS Lambda Developer Guide, "Control access to Lambda function URLs" and
//! "Resource-based policies".

use super::aws_hosts::through;
use super::balancers::{BALANCERS, Fronts, TARGET_GROUPS};
use super::index::{Index, at, is, says};
use super::{Exposure, Finder, Reach, Way};
use crate::eval::value::ResourceId;
use crate::eval::{BlockValue, Resource};
use crate::iam::Tri;
use crate::identity::model::Subject;
use std::collections::HashMap;

pub(super) fn find<'m>(finder: &mut Finder<'m, '_>, fronts: &Fronts<'m>) {
    let index = finder.index;
    for url in index.all(&["aws_lambda_function_url"]) {
        lambda_url(finder, url);
    }
    for permission in index.all(&["aws_lambda_permission"]) {
        lambda_public_permission(finder, permission);
    }
    for attachment in index.all(&["aws_lb_target_group_attachment", "aws_alb_target_group_attachment"]) {
        lambda_alb(finder, fronts, attachment);
    }
    if index.has("aws_cloudfront_distribution") {
        cloudfront_origin(finder);
    }
}

/// The function that an attribute names, by itself or through one of its aliases.
pub(super) fn function<'m>(index: &Index<'m>, body: &BlockValue, attribute: &str) -> Option<&'m Resource> {
    let direct = index.target(body, attribute, &["aws_lambda_function"]);
    direct.or_else(|| {
        let alias = index.target(body, attribute, &["aws_lambda_alias"])?;
        index.target(&alias.body, "function_name", &["aws_lambda_function"])
    })
}

fn lambda_url<'m>(finder: &mut Finder<'m, '_>, url: &'m Resource) {
    let function = function(finder.index, &url.body, "function_name");
    let way = Way {
        row: "lambda-url",
        reach: Reach::InternetAnonymous,
        open: says(&url.body, "authorization_type", false, |text| text == "NONE"),
        through: format!("function URL `{}`", url.address),
        because: vec![(at(url, &url.body, "authorization_type"), "anybody may call it".to_string())],
        declared_by: url,
        attribute: "authorization_type",
    };
    add(finder, function, url, way);
}

/// A function that is declared elsewhere has a role there: there is none without.
fn add<'m>(
    finder: &mut Finder<'m, '_>,
    function: Option<&'m Resource>,
    endpoint: &'m Resource,
    way: Way<'m>,
) {
    match function {
        Some(function) => finder.add(function, finder.index.runs_as(function, &["role"]), way),
        None => finder.add(endpoint, vec![Subject::External("the role of its function".to_string())], way),
    }
}

fn lambda_public_permission<'m>(finder: &mut Finder<'m, '_>, permission: &'m Resource) {
    let body = &permission.body;
    let function = function(finder.index, body, "function_name");
    // What the URL of a function elsewhere asks for is said there.
    if function.is_none() && body.value("function_url_auth_type").is_some() {
        return;
    }
    // A limit counts as one even where its value is not known.
    let limited = ["principal_org_id", "source_account", "source_arn", "event_source_token"];
    if limited.iter().any(|name| body.value(name).is_some()) {
        return;
    }
    // The switch of the function URL decides here: with `AWS_IAM` callers sign in.
    let signed = says(body, "function_url_auth_type", false, |text| text == "AWS_IAM");
    let invokes = says(body, "action", false, |text| {
        matches!(text, "lambda:*" | "*") || text.to_ascii_lowercase().starts_with("lambda:invoke")
    });
    let way = Way {
        row: "lambda-public-permission",
        reach: Reach::InternetAnonymous,
        open: says(body, "principal", false, |text| text == "*").and(invokes).and(!signed),
        through: format!("permission `{}`", permission.address),
        because: vec![(at(permission, body, "principal"), "anybody may call it".to_string())],
        declared_by: permission,
        attribute: "principal",
    };
    add(finder, function, permission, way);
}

fn lambda_alb<'m>(finder: &mut Finder<'m, '_>, fronts: &Fronts<'m>, attachment: &'m Resource) {
    let index = finder.index;
    let Some(group) = index.target(&attachment.body, "target_group_arn", &TARGET_GROUPS) else { return };
    let Some(function) = function(index, &attachment.body, "target_id") else { return };
    for front in fronts.of(group.id) {
        let way = through(front, "lambda-alb", (attachment.header(), "puts the function behind it"));
        finder.add(function, index.runs_as(function, &["role"]), way);
    }
}

/// What is behind a distribution is reached through it, even where its own address asks for a signature.
fn cloudfront_origin<'m>(finder: &mut Finder<'m, '_>) {
    let index = finder.index;
    let mut behind: HashMap<ResourceId, Vec<Exposure>> = HashMap::new();
    for exposure in &finder.found {
        behind.entry(exposure.declared_by).or_default().push(exposure.clone());
    }
    for distribution in index.all(&["aws_cloudfront_distribution"]) {
        let enabled = is(&distribution.body, "enabled", true);
        for origin in distribution.body.blocks("origin") {
            let span = at(distribution, &origin, "domain_name");
            let way = |open: Tri, row: &'static str| Way {
                row,
                reach: Reach::Internet,
                open: enabled.and(open),
                through: format!("distribution `{}`", distribution.address),
                because: vec![(span, "brings requests from the internet".to_string())],
                declared_by: distribution,
                attribute: "origin.domain_name",
            };
            if let Some(url) = index.target(&origin, "domain_name", &["aws_lambda_function_url"])
                && let Some(function) = function(index, &url.body, "function_name")
            {
                let way = way(Tri::Yes, "cloudfront-origin");
                finder.add(function, index.runs_as(function, &["role"]), way);
            }
            let Some(balancer) = index.target(&origin, "domain_name", &BALANCERS) else { continue };
            for known in behind.get(&balancer.id).cloned().unwrap_or_default() {
                let workload = finder.model.resource(known.workload);
                finder.add(workload, vec![known.runs_as], way(Tri::Yes, "cloudfront-origin"));
            }
        }
    }
}
