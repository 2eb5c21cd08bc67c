use crate::diagnostic::{Applicability, Confidence, Edit, Fix, Persona, Severity};
use crate::eval::value::{ResourceId, Value};
use crate::eval::{BlockValue, Resource, ResourceMode};
use crate::identity::exposure::exposures;
use crate::identity::{Model, Subject};
use crate::rules::edits::{add_argument, add_block, replace_flag, replace_literal};
use crate::rules::policy_edits::is_only_here;
use crate::rules::surroundings::{is_library, is_sample};
use crate::rules::{Context, Rule, RuleInfo, exposed};
use crate::source::Span;
use std::collections::HashMap;

declare_rule! {
    /// The metadata service hands the credentials of an instance's identity to anybody who can make the
    /// instance send one plain request: a forged request through a web application is enough.
    ///
    /// Reported are instances and launch templates that have an instance profile, or are the nodes of an EKS
    /// node group, and do not ask for a session token (`http_tokens = "required"`), which is the default; and
    /// those that ask for it but let answers travel further than a container on the instance needs
    /// (`http_put_response_hop_limit`). Instances without a role have nothing to lose and are left out, and
    /// so is everything where `aws_ec2_instance_metadata_defaults` of this code requires tokens.
    /// On Google Kubernetes Engine, nodes that show their own metadata to pods (`mode = "GCE_METADATA"`) or
    /// keep the legacy endpoints are reported.
    ///
    /// A hop limit of two, which containers need, is shown to a strict reader only, as is a profile of which
    /// it is not known whether there is one.
    ///
    /// The fix asks for session tokens, and keeps answers on the instance where it adds the block.
    ///
    /// ```hcl,bad
    /// resource "aws_instance" "web" {
    ///   ami                  = "ami-0123456789abcdef0"
    ///   instance_type        = "t3.micro"
    ///   iam_instance_profile = "web"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_instance" "web" {
    ///   ami                  = "ami-0123456789abcdef0"
    ///   instance_type        = "t3.micro"
    ///   iam_instance_profile = "web"
    ///
    ///   metadata_options {
    ///     http_tokens                 = "required"
    ///     http_put_response_hop_limit = 1
    ///   }
    /// }
    /// ```
    ///
    /// Source: Amazon EC2 User Guide, "Use the Instance Metadata Service"; Google Kubernetes Engine,
    /// "Protecting cluster metadata".
    MetadataServiceOpen {
        code: "KW423",
        name: "metadata-service-open",
        summary: "Identity of an instance open to forged requests",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "exposure",
        nhi: ["NHI6", "NHI4"],
        csf: ["PR.PS-01", "PR.IR-01"],
        cis: ["AWS5:5.7", "AWS7:6.7"],
    }
}

impl Rule for MetadataServiceOpen {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let managed = || model.project.resources.iter().filter(|one| one.mode == ResourceMode::Managed);
        let required_by_default = managed().any(|one| {
            &*one.kind == "aws_ec2_instance_metadata_defaults" && one.body.text("http_tokens") == Some("required")
        });
        let node_groups = node_groups(model);
        for resource in managed() {
            match &*resource.kind {
                "aws_instance" | "aws_launch_template" | "aws_launch_configuration" | "aws_spot_instance_request" => {
                    instance(cx, resource, required_by_default, &node_groups);
                }
                "google_container_cluster" | "google_container_node_pool" => nodes(cx, resource),
                _ => {}
            }
        }
    }
}

/// The EKS node group that makes instances of a launch template.
type NodeGroups = HashMap<ResourceId, ResourceId>;

fn node_groups(model: &Model) -> NodeGroups {
    let mut found = NodeGroups::new();
    for used in model.uses.iter().filter(|used| used.attribute.starts_with("launch_template")) {
        if let Some(user) = used.user.filter(|user| &*model.resource(*user).kind == "aws_eks_node_group") {
            found.entry(used.used).or_insert(user);
        }
    }
    found
}

/// What hands the instance an identity.
struct Attached {
    by: Span,
    subject: Subject,
    persona: Persona,
}

fn attached(model: &Model, resource: &Resource, node_groups: &NodeGroups) -> Option<Attached> {
    if let Some(workload) = exposures(model).runs(model, resource.id).next() {
        let unknown = workload.runs_as == Subject::Unknown;
        let persona = if unknown { Persona::Strict } else { Persona::Regular };
        return Some(Attached { by: workload.span, subject: workload.runs_as.clone(), persona });
    }
    // The nodes of a node group have its role.
    let group = node_groups.get(&resource.id)?;
    let workload = exposures(model).runs(model, *group).next()?;
    Some(Attached { by: workload.span, subject: workload.runs_as.clone(), persona: Persona::Regular })
}

/// What is wrong with the options of the metadata service.
enum Fault {
    /// Where it says so, if it does.
    Tokens(Option<Value>),
    Hops(Value, i64),
}

fn fault(options: &BlockValue, required_by_default: bool) -> Option<Fault> {
    if options.text("http_endpoint") == Some("disabled") {
        return None;
    }
    let tokens = options.value("http_tokens");
    match tokens {
        None if !required_by_default => return Some(Fault::Tokens(None)),
        Some(value) if value.as_str() == Some("optional") => return Some(Fault::Tokens(Some(value.clone()))),
        Some(value) if value.as_str() != Some("required") => return None,
        _ => {}
    }
    let hops = options.value("http_put_response_hop_limit")?;
    let count = hops.as_i64().filter(|count| *count > 1)?;
    Some(Fault::Hops(hops.clone(), count))
}

fn instance(cx: &mut Context<'_>, resource: &Resource, required_by_default: bool, node_groups: &NodeGroups) {
    let model = cx.model;
    let blocks = resource.body.blocks("metadata_options");
    // One that may or may not be there says nothing.
    if blocks.iter().any(|block| block.any) || resource.body.value("metadata_options").is_some_and(Value::is_unknown) {
        return;
    }
    let block = blocks.into_iter().next();
    let Some(fault) = fault(&block.clone().unwrap_or_default(), required_by_default) else { return };
    let Some(attached) = attached(model, resource, node_groups) else { return };
    let identity = exposed::name(model, &attached.subject);
    let identity = if attached.subject == Subject::Unknown { "its role".to_string() } else { identity };
    let (span, label, message) = match &fault {
        Fault::Tokens(value) => (
            value.as_ref().and_then(|value| value.meta.span),
            "answers without a session token",
            format!("a forged request gets the credentials of {identity} out of `{}`", resource.address),
        ),
        Fault::Hops(value, hops) => (
            value.meta.span,
            "answers travel beyond the instance",
            format!("the credentials of {identity} are given out up to {hops} hops away from `{}`", resource.address),
        ),
    };
    let header = block.as_ref().and_then(|block| block.header).unwrap_or_else(|| resource.header());
    let (attribute, value) = match &fault {
        Fault::Tokens(value) => ("metadata_options.http_tokens", value.clone()),
        Fault::Hops(value, _) => ("metadata_options.http_put_response_hop_limit", Some(value.clone())),
    };
    let mut draft = cx
        .draft(MetadataServiceOpen::INFO, resource, attribute, span.unwrap_or(header), message)
        .label(label)
        .persona(attached.persona)
        .related(attached.by, "gives it an identity")
        .identity(model.describe(&attached.subject))
        .owner(exposed::owner(model, &attached.subject))
        .environment(exposed::environment(model, resource.id))
        .about_workload(resource.id)
        .help("set `http_tokens = \"required\"` in `metadata_options`, and a hop limit of 1 where no containers need more");
    if let Some(value) = &value {
        draft = draft.route(value);
    }
    if let Fault::Hops(_, hops) = &fault {
        draft = draft.severity(Severity::Medium);
        // Containers on the instance are one hop away.
        if *hops == 2 {
            draft = draft.persona(Persona::Strict).severity(Severity::Low);
        }
    }
    if attached.persona != Persona::Regular {
        draft = draft.confidence(Confidence::Medium);
    }
    if is_library(model) && value.is_none() || is_sample(cx, model, resource.header()) {
        draft = draft.persona(Persona::Strict);
    }
    // Pods of a node group are one hop away from it.
    let hops = !node_groups.contains_key(&resource.id);
    let draft = match fix(cx, resource, block.as_ref(), &fault, hops) {
        Some(fix) => draft.fix(fix),
        None => draft,
    };
    cx.emit(draft);
}

fn fix(
    cx: &Context<'_>,
    resource: &Resource,
    block: Option<&BlockValue>,
    fault: &Fault,
    hops: bool,
) -> Option<Fix> {
    let sources = cx.shared.sources;
    let value = match fault {
        Fault::Tokens(value) => value.as_ref(),
        Fault::Hops(value, _) => Some(value),
    };
    let edit: Edit = match (value, block) {
        (Some(value), _) if !is_only_here(cx, value) => return None,
        (Some(value), _) if matches!(fault, Fault::Hops(..)) => replace_literal(sources, value, "1")?,
        (Some(value), _) => replace_literal(sources, value, "required")?,
        (None, Some(block)) => add_argument(sources, block.span?, "http_tokens", "\"required\"")?,
        (None, None) => {
            let mut arguments = vec![("http_tokens", "\"required\"".to_string())];
            if hops {
                arguments.push(("http_put_response_hop_limit", "1".to_string()));
            }
            add_block(sources, resource.span(), "metadata_options", &arguments)?
        }
    };
    let title = match matches!(fault, Fault::Hops(..)) {
        true => "Keep answers on the instance (containers on it may lose the metadata service)",
        false => "Ask for a session token (software that still uses the first version stops working)",
    };
    Some(Fix::new(title.to_string(), Applicability::Unsafe, vec![edit]))
}

fn nodes(cx: &mut Context<'_>, resource: &Resource) {
    for config in resource.body.blocks("node_config") {
        let exposes = config.blocks("workload_metadata_config").into_iter().find_map(|block| {
            let value = block.value("mode").or(block.value("node_metadata"))?.clone();
            matches!(value.as_str(), Some("GCE_METADATA" | "EXPOSE" | "UNSPECIFIED")).then_some(value)
        });
        let legacy = config.value("metadata").and_then(|map| map.get("disable-legacy-endpoints")).filter(|value| {
            value.as_bool() == Some(false)
        });
        let (value, attribute, label) = match (exposes, legacy) {
            (Some(value), _) => (value, "node_config.workload_metadata_config.mode", "pods see the metadata of the node"),
            (None, Some(value)) => (value.clone(), "node_config.metadata", "keeps endpoints that ask for nothing"),
            (None, None) => continue,
        };
        let span = value.meta.span.unwrap_or_else(|| resource.header());
        let message = format!("pods get the credentials of the nodes of `{}`", resource.address);
        let draft = cx
            .draft(MetadataServiceOpen::INFO, resource, attribute, span, message)
            .label(label)
            .route(&value)
            .identity(resource.address.clone())
            .environment(exposed::environment(cx.model, resource.id))
            .help("set `mode = \"GKE_METADATA\"`, so that pods get the identity of their own service account");
        cx.emit(match of_nodes(cx, attribute, &value) {
            Some(fix) => draft.fix(fix),
            None => draft,
        });
    }
}

/// Google refuses the mode where no cluster has a workload pool.
fn of_nodes(cx: &Context<'_>, attribute: &str, value: &Value) -> Option<Fix> {
    let sources = cx.shared.sources;
    let pooled = cx.model.of_kind("google_container_cluster").any(|it| it.body.has_block("workload_identity_config"));
    let edit = match (attribute, value.as_str()) {
        ("node_config.metadata", Some(_)) => replace_literal(sources, value, "true")?,
        ("node_config.metadata", None) => replace_flag(sources, value, true)?,
        (_, Some("GCE_METADATA")) if pooled => replace_literal(sources, value, "GKE_METADATA")?,
        (_, Some("EXPOSE" | "UNSPECIFIED")) if pooled => replace_literal(sources, value, "GKE_METADATA_SERVER")?,
        _ => return None,
    };
    let title = match attribute {
        "node_config.metadata" => "Switch off endpoints that ask for nothing (nodes are made anew)",
        _ => "Give pods the identity of their own service account (those that use the node's lose it)",
    };
    let own = is_only_here(cx, value);
    own.then(|| Fix::new(title.to_string(), Applicability::Unsafe, vec![edit]))
}
