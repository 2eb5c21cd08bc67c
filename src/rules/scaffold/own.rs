//! An identity for each workload in the place of one for all.

use super::hcl::{Block, escaped, label, render};
use super::{is_here, one_line};
use crate::diagnostic::Scaffold;
use crate::eval::{InstanceKey, Resource, ResourceMode};
use crate::rules::Context;

/// Workloads that are shown in full; the others are done likewise.
const MAX_SHOWN: usize = 3;
const STAYS: &str = "the rest stays as it is";

/// Identities for all workloads but the first, which keeps the one that they share. Each comes with the attribute that
/// says what it runs as.
pub(in crate::rules) fn apart(
    cx: &Context<'_>,
    shared: &Resource,
    workloads: &[(&Resource, &str)],
) -> Option<Scaffold> {
    let single = shared.mode == ResourceMode::Managed && shared.key == InstanceKey::None;
    let (first, others) = workloads.split_first()?;
    if !single || others.is_empty() {
        return None;
    }
    let mut blocks = Vec::new();
    for (workload, attribute) in others.iter().take(MAX_SHOWN) {
        let here = is_here(workload, Some(shared));
        let name = match here {
            true => free_name(cx, &shared.kind, workload),
            false => free(cx, &shared.kind, shared, &caller(workload)),
        };
        let reference = match &*shared.kind {
            "aws_iam_role" => {
                blocks.extend(role(cx, shared, &name));
                let output = if attribute.ends_with("arn") || *attribute == "role" { "arn" } else { "name" };
                format!("aws_iam_role.{name}.{output}")
            }
            "google_service_account" => {
                let id: String = name.replace('_', "-").chars().take(30).collect();
                blocks.push(
                    Block::resource(&shared.kind, &name)
                        .text("account_id", id.trim_end_matches('-'))
                        .text("display_name", &format!("Runs {}", workload.local_address())),
                );
                format!("google_service_account.{name}.email")
            }
            _ => return None,
        };
        // What is deeper in the block, or in another module, is told by a step.
        if here && !attribute.contains('.') {
            let block =
                Block::resource(&workload.kind, &workload.name).comment(STAYS).set(attribute, reference);
            blocks.push(block);
        }
    }
    let hidden = others.len().saturating_sub(MAX_SHOWN);
    let (shared, first) = (shared.local_address(), first.0.address.clone());
    let mut steps = vec!["Fill the holes and apply the identities alone; nothing uses them yet".to_string()];
    steps.push(format!("Grant each what its workload does; the log of what `{shared}` did tells"));
    steps.push(
        "Let one workload after the other run as its own, and look whether it is refused anything"
            .to_string(),
    );
    if hidden > 0 {
        steps.push(format!("Do the same for the {hidden} other workloads"));
    }
    steps.push(format!("Take from `{shared}` what `{first}` does not need"));
    Some(Scaffold { snippet: render(&blocks), steps })
}

/// A role with the trust of the other one.
fn role(cx: &Context<'_>, shared: &Resource, name: &str) -> Vec<Block> {
    let trust = shared.body.attr("assume_role_policy").map(|attr| cx.shared.sources.text(attr.expr_span));
    let same = trust.filter(|text| one_line(text)).map(str::to_string);
    let same = same.unwrap_or_else(|| format!("{}.assume_role_policy", shared.local_address()));
    vec![
        Block::resource("aws_iam_role", name)
            .text("name", &name.replace('_', "-"))
            .set("assume_role_policy", same),
        attachment(name),
    ]
}

fn attachment(name: &str) -> Block {
    Block::resource("aws_iam_role_policy_attachment", name)
        .set("role", format!("aws_iam_role.{name}.name"))
        .text("policy_arn", "<ARN of a policy with what it has to do>")
}

/// A task role for a task that has none. Source: Amazon ECS Developer Guide, "Task IAM role".
pub(in crate::rules) fn task_role(cx: &Context<'_>, task: &Resource, host: &str) -> Scaffold {
    let name = free_name(cx, "aws_iam_role", task);
    let family = task.body.text("family").map_or_else(|| name.replace('_', "-"), escaped);
    let principals =
        Block::new("principals").text("type", "Service").set("identifiers", "[\"ecs-tasks.amazonaws.com\"]");
    let trust = Block::new(format!("data \"aws_iam_policy_document\" \"{name}_trust\""))
        .block(Block::new("statement").set("actions", "[\"sts:AssumeRole\"]").block(principals));
    let role = Block::resource("aws_iam_role", &name)
        .text("name", &format!("{family}-task"))
        .set("assume_role_policy", format!("data.aws_iam_policy_document.{name}_trust.json"));
    let attached = Block::resource(&task.kind, &task.name)
        .comment(STAYS)
        .set("task_role_arn", format!("aws_iam_role.{name}.arn"));
    let steps = vec![
        "Fill the holes: what the code of the task does, and no more".to_string(),
        "Apply it, which makes a new revision of the task".to_string(),
        format!("Take from `{host}` what only the tasks needed"),
        "Set `ECS_AWSVPC_BLOCK_IMDS=true` or a hop limit of 1 on the instances, so that no task gets at their role".to_string(),
    ];
    Scaffold { snippet: render(&[trust, role, attachment(&name), attached]), steps }
}

/// The name of the workload, unless an identity of that type has it.
fn free_name(cx: &Context<'_>, kind: &str, workload: &Resource) -> String {
    free(cx, kind, workload, &label(&workload.name))
}

fn free(cx: &Context<'_>, kind: &str, near: &Resource, name: &str) -> String {
    let taken = cx.model.of_kind(kind).any(|it| &*it.name == name && it.module == near.module);
    if taken { format!("{name}_own") } else { name.to_string() }
}

/// `billing` for what `module.billing` makes.
fn caller(workload: &Resource) -> String {
    let module = workload.address.strip_prefix("module.").and_then(|rest| rest.split(['.', '[']).next());
    label(module.unwrap_or(&workload.name))
}
