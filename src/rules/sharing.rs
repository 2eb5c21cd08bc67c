//! Which workloads run as the same identity, and which of them a reviewer would call different ones.

use super::secret_refs::whole;
use crate::eval::block_address;
use crate::eval::{BlockValue, ResourceMode};
use crate::identity::names::{is_blank_id, is_client_id, is_global};
use crate::identity::{Model, Policy, Subject, Workload, facts};
use crate::source::{SourceMap, Span};
use indexmap::IndexMap;
use std::collections::{BTreeSet, HashMap};

/// An identity and everything that runs as it.
pub(super) struct Holder<'a> {
    pub subject: Subject,
    pub workloads: Vec<Member<'a>>,
}

/// A workload with the root module that it is in.
#[derive(Clone, Copy)]
pub(super) struct Member<'a> {
    pub model: &'a Model,
    pub workload: &'a Workload,
}

/// One workload in the eyes of a reviewer.
pub(super) struct Group<'a> {
    /// The address of its first block.
    pub name: String,
    pub members: Vec<Member<'a>>,
}

/// Code of one's own runs in these, and it runs as the identity in this attribute; what is absent is a
/// platform role or a mere invoker.
const OWN_CODE: &[(&str, &str)] = &[
    ("aws_lambda_function", "role"),
    ("aws_instance", "iam_instance_profile"),
    ("aws_spot_instance_request", "iam_instance_profile"),
    ("aws_launch_template", "iam_instance_profile.name"),
    ("aws_launch_template", "iam_instance_profile.arn"),
    ("aws_launch_configuration", "iam_instance_profile"),
    ("aws_ecs_task_definition", "task_role_arn"),
    ("aws_codebuild_project", "service_role"),
    ("aws_glue_job", "role_arn"),
    ("aws_glue_dev_endpoint", "role_arn"),
    ("aws_sagemaker_notebook_instance", "role_arn"),
    ("aws_sagemaker_model", "execution_role_arn"),
    ("aws_sagemaker_domain", "default_user_settings.execution_role"),
    ("aws_eks_pod_identity_association", "role_arn"),
    ("aws_sfn_state_machine", "role_arn"),
    ("aws_batch_job_definition", "container_properties"),
    ("aws_emr_cluster", "ec2_attributes.instance_profile"),
    ("aws_emrserverless_application", "execution_role"),
    ("aws_apprunner_service", "instance_configuration.instance_role_arn"),
    ("aws_mwaa_environment", "execution_role_arn"),
    ("aws_bedrockagent_agent", "agent_resource_role_arn"),
    ("aws_bedrockagentcore_agent_runtime", "role_arn"),
    ("aws_bedrockagentcore_gateway", "role_arn"),
    ("aws_elastic_beanstalk_environment", "setting.value"),
    ("google_compute_instance", "service_account.email"),
    ("google_compute_instance_template", "service_account.email"),
    ("google_compute_region_instance_template", "service_account.email"),
    ("google_cloudfunctions_function", "service_account_email"),
    ("google_cloudfunctions2_function", "service_config.service_account_email"),
    ("google_cloud_run_service", "template.spec.service_account_name"),
    ("google_cloud_run_v2_service", "template.service_account"),
    ("google_cloud_run_v2_job", "template.template.service_account"),
    ("google_cloudbuild_trigger", "service_account"),
    ("google_dataflow_job", "service_account_email"),
    ("google_dataflow_flex_template_job", "service_account_email"),
    ("google_dataproc_cluster", "cluster_config.gce_cluster_config.service_account"),
    ("google_composer_environment", "config.node_config.service_account"),
    ("google_workflows_workflow", "service_account"),
];

/// Azure types that run code of one's own; others merely have an identity, for a key or a log.
const AZURE: &[&str] = &[
    "azurerm_linux_virtual_machine",
    "azurerm_windows_virtual_machine",
    "azurerm_virtual_machine",
    "azurerm_linux_virtual_machine_scale_set",
    "azurerm_windows_virtual_machine_scale_set",
    "azurerm_orchestrated_virtual_machine_scale_set",
    "azurerm_linux_function_app",
    "azurerm_windows_function_app",
    "azurerm_function_app",
    "azurerm_function_app_flex_consumption",
    "azurerm_linux_web_app",
    "azurerm_windows_web_app",
    "azurerm_app_service",
    "azurerm_logic_app_standard",
    "azurerm_logic_app_workflow",
    "azurerm_container_group",
    "azurerm_container_app",
    "azurerm_container_app_job",
    "azurerm_spring_cloud_app",
    "azurerm_automation_account",
    "azurerm_data_factory",
    "azurerm_machine_learning_compute_instance",
];

/// Steps of a pipeline over data or code, which work together on the same things.
const STEPS: &[&str] = &[
    "aws_glue_job",
    "aws_sfn_state_machine",
    "aws_codebuild_project",
    "aws_batch_job_definition",
    "google_dataflow_job",
    "google_dataflow_flex_template_job",
    "google_cloudbuild_trigger",
    "google_workflows_workflow",
];

/// AWS managed policies that let something run, log and be managed, and nothing else.
const BASELINE: &[&str] = &[
    "AmazonSSMManagedInstanceCore",
    "AmazonSSMManagedEC2InstanceDefaultPolicy",
    "CloudWatchAgentServerPolicy",
    "AWSXRayDaemonWriteAccess",
    "AWSXrayWriteOnlyAccess",
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AmazonEC2ContainerServiceforEC2Role",
    "AmazonECSTaskExecutionRolePolicy",
];

/// What workloads are called because of what they are.
const KINDS: &[&str] = &[
    "lambda", "function", "task", "job", "this", "service", "sa", "account", "role", "pod", "workload", "vm",
    "instance", "server", "app",
];

/// Words by which copies of one workload differ.
const COPIES: &[&str] = &[
    "blue",
    "green",
    "canary",
    "stable",
    "primary",
    "secondary",
    "standby",
    "replica",
    "spot",
    "ondemand",
    "on",
    "demand",
    "old",
    "new",
    "legacy",
    "a",
    "b",
    "c",
    "arm64",
    "amd64",
    "x86",
    "gpu",
    "active",
    "passive",
    "main",
    "dr",
    "eu",
    "us",
    "ap",
    "east",
    "west",
    "north",
    "south",
    "central",
    "slot",
    "prod",
    "prd",
    "production",
    "live",
    "dev",
    "development",
    "test",
    "qa",
    "uat",
    "stage",
    "staging",
    "stg",
    "sandbox",
    "preprod",
    "nonprod",
    "preview",
    "demo",
    "clone",
    "copy",
    "poc",
];

/// Identities that several workloads of a root module run as, in the order of the first of them.
pub(super) fn holders(model: &Model) -> Vec<Holder<'_>> {
    let own = members(model).filter(|member| !is_known_everywhere(member));
    shared_by(own)
}

/// Identities by a literal that means the same one in every root module, with the workloads of all of them.
pub(super) fn holders_anywhere(models: &[std::sync::Arc<Model>]) -> Vec<Holder<'_>> {
    shared_by(models.iter().flat_map(|model| members(model)).filter(is_known_everywhere))
}

fn shared_by<'a>(members: impl Iterator<Item = Member<'a>>) -> Vec<Holder<'a>> {
    let mut found: IndexMap<(Subject, String), Vec<Member<'a>>> = IndexMap::new();
    for member in members {
        let namespace = namespace(member.model, member.workload);
        found.entry((member.workload.runs_as.clone(), namespace)).or_default().push(member);
    }
    let holders = found.into_iter().filter(|(_, workloads)| workloads.len() > 1);
    holders.map(|((subject, _), workloads)| Holder { subject, workloads }).collect()
}

/// Workloads that run code of one's own as an identity that is known.
fn members(model: &Model) -> impl Iterator<Item = Member<'_>> {
    let own = model.workloads.iter().filter(|workload| runs_own_code(workload));
    let known = own.filter(|workload| match &workload.runs_as {
        Subject::Identity(id) => !model.identity(*id).service_owned,
        // A data source that stands for one identity; anything else would be guessed.
        Subject::Resource(id) => {
            let resource = model.resource(*id);
            resource.mode == ResourceMode::Data && names_identity(&resource.kind)
        }
        Subject::External(text) => !text.contains('…') && !is_default(text),
        Subject::Unknown | Subject::None => false,
    });
    known.map(move |workload| Member { model, workload })
}

fn is_known_everywhere(member: &Member<'_>) -> bool {
    match &member.workload.runs_as {
        Subject::External(text) => is_global(text) || is_client_id(text),
        _ => false,
    }
}

fn runs_own_code(workload: &Workload) -> bool {
    let kind = workload.kind.as_str();
    OWN_CODE.iter().any(|(known, path)| *known == kind && *path == workload.attribute)
        || AZURE.contains(&kind)
        || (kind.starts_with("kubernetes_") && workload.attribute.ends_with("service_account_name"))
        || facts::account_annotation(&workload.attribute).is_some()
}

fn names_identity(kind: &str) -> bool {
    matches!(
        kind,
        "aws_iam_role"
            | "aws_iam_instance_profile"
            | "google_service_account"
            | "azurerm_user_assigned_identity"
            | "kubernetes_service_account"
            | "kubernetes_service_account_v1"
    )
}

/// Identities that the cloud makes, and that workloads get when they name none.
fn is_default(text: &str) -> bool {
    text == "default"
        || is_blank_id(text)
        || text.contains("AWSServiceRole")
        || text.ends_with("-compute@developer.gserviceaccount.com")
        || text.ends_with("@appspot.gserviceaccount.com")
        || text.ends_with("@cloudservices.gserviceaccount.com")
        || text.ends_with("@cloudbuild.gserviceaccount.com")
}

/// Service accounts of one name in two namespaces are two. Empty for everything else.
fn namespace(model: &Model, workload: &Workload) -> String {
    // An annotation names an identity of a cloud.
    if !workload.kind.starts_with("kubernetes_") || facts::account_annotation(&workload.attribute).is_some() {
        return String::new();
    }
    // Of an object in a manifest it is not looked at.
    let Some(metadata) = model.resource(workload.resource).body.block("metadata") else {
        return workload.address.clone();
    };
    match metadata.value("namespace") {
        None => "default".to_string(),
        Some(value) => value.as_str().map_or_else(|| workload.address.clone(), str::to_string),
    }
}

/// Puts the workloads of an identity together that are one for a reviewer.
pub(super) fn groups<'a>(holder: &Holder<'a>) -> Vec<Group<'a>> {
    let mut found: IndexMap<[String; 4], Group<'a>> = IndexMap::new();
    for member in &holder.workloads {
        let block = block_address(&member.workload.address);
        let (module, local) = split(&block);
        let (kind, name) = local.split_once('.').unwrap_or((local, ""));
        let name = match without_copies(name) {
            // `a` and `b` say less than what the two are called in the cloud.
            bare if bare.is_empty() => cloud_name(member).map_or(bare, without_copies),
            bare => bare,
        };
        let root = without_copies(&member.model.project.dir);
        let key = [root, without_copies(module), family(kind).to_string(), name];
        found.entry(key).or_insert_with(|| Group { name: block, members: Vec::new() }).members.push(*member);
    }
    found.into_values().collect()
}

fn cloud_name<'a>(member: &Member<'a>) -> Option<&'a str> {
    let body = &member.model.resource(member.workload.resource).body;
    ["function_name", "name", "family"].iter().find_map(|name| body.text(name))
}

/// `module.a.module.b` and `aws_lambda_function.c`.
fn split(block: &str) -> (&str, &str) {
    match block.match_indices('.').rev().nth(1) {
        Some((at, _)) => (&block[..at], &block[at + 1..]),
        None => ("", block),
    }
}

/// Types that are steps to the same workload.
fn family(kind: &str) -> &'static str {
    match kind {
        "aws_instance" | "aws_spot_instance_request" | "aws_launch_template" | "aws_launch_configuration" => {
            "ec2"
        }
        "google_compute_instance"
        | "google_compute_instance_template"
        | "google_compute_region_instance_template" => "gce",
        _ if kind.ends_with("virtual_machine_scale_set") || kind.ends_with("virtual_machine") => "azure-vm",
        _ if kind.contains("function_app") => "function-app",
        _ if kind.starts_with("kubernetes_") || kind == "aws_eks_pod_identity_association" => "kubernetes",
        _ => OWN_CODE.iter().find(|(known, _)| *known == kind).map_or("other", |(known, _)| known),
    }
}

fn words(name: &str) -> impl Iterator<Item = String> {
    name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(|word| {
        let word = word.to_lowercase();
        let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
        // `v2` and `web01` count copies.
        if bare.is_empty() || bare == "v" { String::new() } else { bare.to_string() }
    })
}

/// A name without the words by which copies differ; the name itself where nothing else is left.
fn without_copies(name: &str) -> String {
    let kept: Vec<_> =
        words(name).filter(|word| !word.is_empty() && !COPIES.contains(&word.as_str())).collect();
    kept.join("_")
}

/// Blocks of one kind, side by side in one module, whose names share a word: the parts of one feature.
pub(super) fn is_one_family(groups: &[Group<'_>]) -> bool {
    let members = || groups.iter().filter_map(|group| group.members.first());
    let mut kinds = members().map(|member| {
        let module = member.model.resource(member.workload.resource).module;
        (family(&member.workload.kind), module, &member.model.project.dir)
    });
    let first = kinds.next();
    if !kinds.all(|other| Some(other) == first) {
        return false;
    }
    if members().all(|member| STEPS.contains(&member.workload.kind.as_str())) {
        return true;
    }
    let mut names = groups.iter().map(|group| {
        let (_, local) = split(&group.name);
        let name = local.split_once('.').map_or("", |(_, name)| name);
        words(name).filter(|word| !word.is_empty()).collect::<BTreeSet<_>>()
    });
    let Some(mut shared) = names.next() else { return false };
    for name in names {
        shared = shared.intersection(&name).cloned().collect();
    }
    // What every function is called says nothing.
    shared.iter().any(|word| !KINDS.contains(&word.as_str()))
}

/// All that the identity may do is what every workload of its kind may.
pub(super) fn is_baseline(model: &Model, subject: &Subject) -> bool {
    let Subject::Identity(id) = subject else { return false };
    let mut grants = model.grants_of(*id).peekable();
    grants.peek().is_some()
        && grants.all(|grant| match &grant.policy {
            Policy::AwsManaged(summary) => BASELINE.contains(&summary.name),
            _ => false,
        })
}

/// Whether at least two of them exist for sure, whatever the conditions that are not known.
pub(super) fn are_certain(groups: &[Group<'_>]) -> bool {
    let exists =
        |group: &&Group<'_>| group.members.iter().any(|member| !member.workload.address.contains("[*]"));
    groups.iter().filter(exists).count() > 1
}

/// One workload in each of several environments: they differ in nothing else.
pub(super) fn are_environments(groups: &[Group<'_>]) -> bool {
    let mut seen = BTreeSet::new();
    let mut sides =
        groups.iter().map(|group| group.members.first().and_then(|member| member.model.environment.as_ref()));
    sides.all(|side| side.is_some_and(|side| seen.insert(side)))
}

/// Where each workload says what it runs as. A value that was passed in is marked where it was written,
/// unless that is the identity itself, or one place for several workloads.
pub(super) fn places(members: &[Member<'_>], sources: &SourceMap) -> Vec<Span> {
    let spans: Vec<Span> =
        members.iter().map(|member| place(member.model, member.workload, sources)).collect();
    let mut count: HashMap<Span, usize> = HashMap::new();
    for span in &spans {
        *count.entry(*span).or_default() += 1;
    }
    let each = spans.into_iter().zip(members);
    each.map(|(span, member)| match count.get(&span) {
        Some(1) => span,
        _ => used_at(member.model, member.workload),
    })
    .collect()
}

/// The same for one workload.
pub(super) fn place(model: &Model, workload: &Workload, sources: &SourceMap) -> Span {
    let resource = model.resource(workload.resource);
    let here = resource.span().contains(workload.span);
    // Of all the annotations or settings only one names the identity.
    if here && facts::account_annotation(&workload.attribute).is_some() {
        return whole(workload.span, sources);
    }
    let values = resource.body.at_path(&workload.attribute);
    let in_source = values.iter().any(|(_, value)| {
        value.deep_refs().iter().any(|used| model.resource(used.resource).span().contains(workload.span))
    });
    if in_source || here { used_at(model, workload) } else { workload.span }
}

/// The expression of the attribute, or the block's header.
fn used_at(model: &Model, workload: &Workload) -> Span {
    let resource = model.resource(workload.resource);
    expression(&resource.body, &workload.attribute).unwrap_or_else(|| resource.header())
}

fn expression(body: &BlockValue, path: &str) -> Option<Span> {
    match path.split_once('.') {
        None => body.attr(path).map(|attr| attr.expr_span),
        Some((head, rest)) => {
            let mut blocks = body.blocks.iter().filter(|(name, _)| &**name == head);
            blocks
                .find_map(|(_, block)| expression(block, rest))
                .or_else(|| body.attr(head).map(|attr| attr.expr_span))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_have_one_name() {
        assert_eq!(without_copies("web_blue"), without_copies("web_green"));
        assert_eq!(without_copies("api_v1"), without_copies("api-v2"));
        assert_ne!(without_copies("orders"), without_copies("billing"));
        assert_eq!(split("module.a.aws_instance.b"), ("module.a", "aws_instance.b"));
        assert_eq!(split("aws_instance.b"), ("", "aws_instance.b"));
    }
}
