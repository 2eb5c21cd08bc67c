//! A role in the place of an access key.

use super::hcl::{Block, escaped};
use super::tokens::Token;
use super::{Move, Parts, is_here, one_line};
use crate::eval::{InstanceKey, Resource, ResourceMode};
use crate::identity::{Identity, Subject};
use std::collections::HashSet;

/// Grants shown in full; the others are left to a step.
const MAX_GRANTS: usize = 6;

/// Lines of a policy that are shown.
const MAX_POLICY: usize = 30;

/// A role that a token becomes. Source: AWS IAM User Guide, "Create a role for OpenID Connect federation".
pub fn federated(of: &Move<'_, '_>, token: &Token) -> Parts {
    let (provider, mut blocks) = provider(of, token);
    let name = of.name("aws_iam_role");
    let test = if token.is_pattern { "StringLike" } else { "StringEquals" };
    let condition = |test: &str, claim: &str, value: &str| {
        Block::new("condition")
            .text("test", test)
            .text("variable", &format!("{}:{claim}", token.issuer))
            .set("values", format!("[\"{value}\"]"))
    };
    let statement = Block::new("statement")
        .set("actions", "[\"sts:AssumeRoleWithWebIdentity\"]")
        .block(principals("Federated", &provider))
        .block(condition("StringEquals", "aud", &audience(token)))
        .block(condition(test, "sub", &token.subject));
    blocks.extend(role(of, &name, statement));
    Parts { blocks, granted: of.grants_are_shown(), made: format!("the role `aws_iam_role.{name}`") }
}

/// A role for pods. Source: Amazon EKS User Guide, "EKS Pod Identity".
pub fn pod(of: &Move<'_, '_>, token: &Token) -> Parts {
    let name = of.name("aws_iam_role");
    let statement = Block::new("statement")
        .set("actions", "[\"sts:AssumeRole\", \"sts:TagSession\"]")
        .block(principals("Service", "\"pods.eks.amazonaws.com\""));
    let mut blocks = role(of, &name, statement);
    let mut subject = token.subject.split(':').skip(2);
    let association = Block::resource("aws_eks_pod_identity_association", &name)
        .text("cluster_name", "<cluster>")
        .text("namespace", subject.next().unwrap_or("<namespace>"))
        .text("service_account", subject.next().unwrap_or("<service account>"))
        .set("role_arn", format!("aws_iam_role.{name}.arn"));
    blocks.push(association);
    Parts { blocks, granted: of.grants_are_shown(), made: format!("the role `aws_iam_role.{name}`") }
}

/// What the user may do, for the role that the workload has already, or else for one of its own.
pub fn workload(of: &Move<'_, '_>, workload: &Resource) -> Option<Parts> {
    let granted = of.grants_are_shown();
    if let Some(role) = role_of(of, workload).filter(|role| is_here(role, of.near())) {
        let blocks = grants(of, &format!("{}.name", role.local_address()), &role.name);
        let made = format!("what the user may do for `{}`", role.local_address());
        return (!blocks.is_empty()).then_some(Parts { blocks, granted, made });
    }
    let service = match &*workload.kind {
        "aws_lambda_function" => "lambda.amazonaws.com",
        "aws_ecs_task_definition" | "aws_batch_job_definition" => "ecs-tasks.amazonaws.com",
        "aws_glue_job" => "glue.amazonaws.com",
        "aws_codebuild_project" => "codebuild.amazonaws.com",
        "aws_apprunner_service" => "tasks.apprunner.amazonaws.com",
        "aws_instance" | "aws_launch_template" | "aws_launch_configuration" | "aws_spot_instance_request" => {
            "ec2.amazonaws.com"
        }
        _ => return None,
    };
    let name = of.name("aws_iam_role");
    let statement = Block::new("statement")
        .set("actions", "[\"sts:AssumeRole\"]")
        .block(principals("Service", &format!("\"{service}\"")));
    let mut blocks = role(of, &name, statement);
    if service == "ec2.amazonaws.com" {
        let profile = Block::resource("aws_iam_instance_profile", &name)
            .set("role", format!("aws_iam_role.{name}.name"));
        blocks.push(profile);
    }
    Some(Parts { blocks, granted, made: format!("the role `aws_iam_role.{name}`") })
}

/// A role for somebody of whom the code does not tell who it is.
pub fn assumed(of: &Move<'_, '_>) -> Parts {
    let name = of.name("aws_iam_role");
    let statement = Block::new("statement")
        .set("actions", "[\"sts:AssumeRole\"]")
        .block(principals("AWS", "\"<ARN of the role that the consumer runs as>\""));
    Parts {
        blocks: role(of, &name, statement),
        granted: of.grants_are_shown(),
        made: format!("the role `aws_iam_role.{name}`"),
    }
}

/// The provider for the issuer: the one that is declared, or one to declare.
fn provider(of: &Move<'_, '_>, token: &Token) -> (String, Vec<Block>) {
    let known = of.cx.model.of_kind("aws_iam_openid_connect_provider").find(|it| {
        let url = it.body.text("url").unwrap_or_default();
        is_here(it, of.near())
            && it.key == InstanceKey::None
            && url.trim_start_matches("https://").trim_end_matches('/') == token.issuer
    });
    if let Some(known) = known {
        return (format!("{}.arn", known.local_address()), Vec::new());
    }
    let block = Block::resource("aws_iam_openid_connect_provider", token.platform)
        .text("url", &format!("https://{}", token.issuer))
        .set("client_id_list", format!("[\"{}\"]", audience(token)));
    (format!("aws_iam_openid_connect_provider.{}.arn", token.platform), vec![block])
}

fn audience(token: &Token) -> String {
    let own = token.audience.clone();
    own.unwrap_or_else(|| match token.platform {
        "tfe" => "aws.workload.identity".to_string(),
        _ => "sts.amazonaws.com".to_string(),
    })
}

fn principals(kind: &str, identifier: &str) -> Block {
    Block::new("principals").text("type", kind).set("identifiers", format!("[{identifier}]"))
}

/// The role with its trust and what the user may do.
fn role(of: &Move<'_, '_>, name: &str, statement: Block) -> Vec<Block> {
    let trust = Block::new(format!("data \"aws_iam_policy_document\" \"{name}_trust\"")).block(statement);
    let called = of.holder_name().unwrap_or_else(|| name.to_string());
    let role = Block::resource("aws_iam_role", name)
        .text("name", &called)
        .set("assume_role_policy", format!("data.aws_iam_policy_document.{name}_trust.json"));
    let mut blocks = vec![trust, role];
    blocks.extend(grants(of, &format!("aws_iam_role.{name}.name"), name));
    blocks
}

/// The grants of the user, for a role. Where there is none that can be told, one with a hole.
fn grants(of: &Move<'_, '_>, role: &str, label: &str) -> Vec<Block> {
    let attach = |name: &str, policy: &str| {
        Block::resource("aws_iam_role_policy_attachment", name).set("role", role).set("policy_arn", policy)
    };
    let mut seen = HashSet::new();
    let mut blocks = Vec::new();
    for grant in of.granted() {
        if blocks.len() == MAX_GRANTS || !seen.insert(grant.header()) {
            continue;
        }
        let hole = format!("\"<what `{}` grants>\"", grant.local_address());
        let expression = |name: &str| {
            let text = grant.body.attr(name).map(|attr| of.cx.shared.sources.text(attr.expr_span));
            text.filter(|text| is_here(grant, of.near()) && one_line(text)).map(str::to_string)
        };
        let name = grant.name.to_string();
        blocks.push(match expression("policy_arn") {
            Some(arn) => attach(&name, &arn),
            None if grant.body.attr("policy").is_some() => Block::resource("aws_iam_role_policy", &name)
                .set("role", role)
                .set("policy", expression("policy").or_else(|| document(of, grant)).unwrap_or(hole)),
            None => attach(&name, &hole),
        });
    }
    if blocks.is_empty() && of.holder.is_none() {
        blocks.push(attach(label, "\"<ARN of a policy with what it has to do>\""));
    }
    blocks
}

/// A policy that is written over several lines, without the indentation that it has there.
fn document(of: &Move<'_, '_>, grant: &Resource) -> Option<String> {
    let attr = grant.body.attr("policy").filter(|_| is_here(grant, of.near()))?;
    let file = of.cx.shared.sources.find(attr.span.file)?;
    let text = file.slice(attr.expr_span);
    let head = file.text.get(..attr.span.start as usize)?;
    let indent = &head[head.rfind('\n')? + 1..];
    let lines: Vec<&str> = text.lines().collect();
    let plain =
        text.starts_with("jsonencode(") && lines.iter().all(|line| !line.contains("<<") && one_line(line));
    let fits = plain && lines.len() <= MAX_POLICY && indent.trim().is_empty();
    fits.then(|| {
        lines.iter().map(|line| line.strip_prefix(indent).unwrap_or(line)).collect::<Vec<_>>().join("\n")
    })
}

/// The role that a workload has.
fn role_of<'a>(of: &Move<'a, '_>, workload: &Resource) -> Option<&'a Resource> {
    let model = of.cx.model;
    let all =
        model.workloads.iter().filter(|it| it.resource == workload.id && !it.attribute.contains("execution"));
    let roles = all.filter_map(|it| match it.runs_as {
        Subject::Identity(id) => Some(model.resource(model.identity(id).resource)),
        _ => None,
    });
    roles.into_iter().find(|role| {
        &*role.kind == "aws_iam_role" && role.mode == ResourceMode::Managed && role.key == InstanceKey::None
    })
}

/// The name that a user has, as the inside of a string.
pub fn name_of(user: &Identity) -> Option<String> {
    user.name.as_deref().filter(|name| !name.is_empty()).map(escaped)
}
