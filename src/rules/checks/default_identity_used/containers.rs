//! Tasks of ECS that name no role, on instances whose role has more than the agent needs. The container asks the
//! metadata service of its instance, and is whatever the instance is.
//! Source: Amazon ECS Developer Guide, "Amazon ECS task IAM role" and "Amazon ECS container instance IAM role".

use super::DefaultIdentityUsed;
use crate::diagnostic::{Confidence, Fix, Persona};
use crate::eval::value::Value;
use crate::eval::{Resource, ResourceMode};
use crate::iam::aws::Effect;
use crate::identity::privilege::{Holder, privilege};
use crate::identity::{IdentityId, Model, Policy, Subject};
use crate::rules::scaffold::task_role;
use crate::rules::surroundings::{is_library, is_sample};
use crate::rules::{Context, exposed};
use crate::source::Span;

/// The policy by which an instance is one of a cluster.
const OF_AGENT: &str = "AmazonEC2ContainerServiceforEC2Role";

/// What instances have for their own upkeep.
const UPKEEP: [&str; 6] = [
    OF_AGENT,
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonSSMManagedInstanceCore",
    "AWSXRayDaemonWriteAccess",
    "CloudWatchAgentServerPolicy",
];

/// Services that agents on an instance talk to.
const OF_UPKEEP: [&str; 8] =
    ["cloudwatch", "ec2messages", "ecr", "ecs", "logs", "ssm", "ssmmessages", "xray"];

/// The role of the instances, and the grant by which it has more than they need.
struct Host {
    role: IdentityId,
    right: Span,
}

pub(super) fn tasks(cx: &mut Context<'_>) {
    let model = cx.model;
    let managed = || model.project.resources.iter().filter(|one| one.mode == ResourceMode::Managed);
    let alone = |task: &&Resource| {
        &*task.kind == "aws_ecs_task_definition" && !task.body.any && task.body.attr("task_role_arn").is_none()
    };
    let mut tasks = managed().filter(alone).peekable();
    if tasks.peek().is_none() {
        return;
    }
    let Some(host) = host(model) else { return };
    let services: Vec<&Resource> = managed().filter(|one| &*one.kind == "aws_ecs_service").collect();
    for task in tasks.filter(|task| runs_on_instances(task, &services)) {
        report(cx, task, &host);
    }
}

fn host(model: &Model) -> Option<Host> {
    model.workloads.iter().find_map(|workload| {
        let Subject::Identity(role) = workload.runs_as else { return None };
        let of_instance = matches!(
            workload.kind.as_str(),
            "aws_instance" | "aws_launch_template" | "aws_launch_configuration"
        );
        let grants = || privilege(model, role).grants.iter().map(|index| &model.grants[*index]);
        let in_cluster = || {
            grants().any(|grant| matches!(&grant.policy, Policy::AwsManaged(it) if it.name == OF_AGENT))
        };
        if !of_instance || !in_cluster() {
            return None;
        }
        let right = grants().find(|grant| is_more(&grant.policy))?.span;
        Some(Host { role, right })
    })
}

/// More than an agent on the instance needs.
fn is_more(policy: &Policy) -> bool {
    match policy {
        Policy::AwsManaged(summary) => !UPKEEP.contains(&summary.name),
        Policy::Aws(policy) => policy.document.statements.iter().any(|statement| {
            let others = statement.actions.elements().iter().any(|action| {
                let text = action.pattern.to_string();
                let service = text.split(':').next().unwrap_or_default();
                !action.pattern.has_hole() && !OF_UPKEEP.contains(&service) && !text.starts_with("ec2:Describe")
            });
            statement.effect == Effect::Allow && (others || statement.actions.is_negated())
        }),
        _ => false,
    }
}

/// Unless something says Fargate, where there is no instance to be.
fn runs_on_instances(task: &Resource, services: &[&Resource]) -> bool {
    let kinds = task.body.value("requires_compatibilities").map(Value::as_slice).unwrap_or_default();
    let named: Vec<Option<&str>> = kinds.iter().map(Value::as_str).collect();
    if !named.is_empty() {
        return named.contains(&Some("EC2"));
    }
    let own = |service: &&&Resource| {
        let definition = service.body.value("task_definition");
        definition.is_some_and(|value| value.deep_refs().iter().any(|one| one.resource == task.id))
    };
    let mut run = services.iter().filter(own).peekable();
    run.peek().is_some()
        && run.all(|service| {
            let launch = service.body.value("launch_type");
            !service.body.has_block("capacity_provider_strategy")
                && launch.is_none_or(|value| value.as_str() == Some("EC2"))
        })
}

fn report(cx: &mut Context<'_>, task: &Resource, host: &Host) {
    let model = cx.model;
    let role = model.identity(host.role);
    let message = format!("`{}` names no task role and runs as `{}`, the role of its instance", task.address, role.address);
    let mut draft = cx
        .draft(DefaultIdentityUsed::INFO, task, "task_role_arn", task.header(), message)
        .label("names no task role")
        .confidence(Confidence::Medium)
        .identity(role.address.clone())
        .owner(exposed::owner(model, &Subject::Identity(host.role)))
        .environment(exposed::environment(model, task.id))
        .related(host.right, format!("`{}` has more than the agent of ECS needs", role.address))
        .about_workload(task.id)
        .help("give the task a role of its own in `task_role_arn`, move what its code needs there, and keep containers from the metadata service of the instance")
        .fix(Fix::manual(format!("Make a task role for `{}` and attach it", task.address)).with(Some(task_role(cx, task, &role.address))));
    if let Some(header) = Holder::identity(host.role).resource(model).map(|id| model.resource(id).header()) {
        draft = draft.related(header, "the role of the instances");
    }
    if is_library(model) || is_sample(cx, model, task.header()) {
        draft = draft.persona(Persona::Strict);
    }
    cx.emit(draft);
}
