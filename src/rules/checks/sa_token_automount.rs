use crate::diagnostic::{Applicability, Confidence, Fix, Persona};
use crate::eval::value::{ResourceId, Value};
use crate::eval::{Resource, ResourceMode};
use crate::identity::exposure::is;
use crate::identity::{Identity, IdentityId, Model, Subject};
use crate::rules::edits::{add_argument, replace_flag};
use crate::rules::policy_edits::is_only_here;
use crate::rules::surroundings::{is_library, is_sample};
use crate::rules::{Context, Rule, RuleInfo};
use std::collections::{HashMap, HashSet};

declare_rule! {
    /// Every pod of the service account gets a token for the API of the cluster, although the account is bound
    /// to no role and has no use for it. Whoever breaks into a pod has it: it proves to be somebody in the
    /// cluster, and gains weight with the first role that is bound to the account.
    ///
    /// Reported are service accounts that do not set `automount_service_account_token = false` and that
    /// no binding of this code is for. Accounts whose pods all refuse the token themselves are left out.
    /// Charts and manifests may bind what this code does not show: where there are any, it is shown to a
    /// strict reader, as it is in modules without their callers. A pod that asks for its token although its
    /// account refuses it and has no binding is reported as well.
    ///
    /// Tokens for cloud roles (EKS Pod Identity, IRSA, Workload Identity Federation for GKE) come another way
    /// and do not need this one.
    ///
    /// ```hcl,bad
    /// resource "kubernetes_service_account_v1" "web" {
    ///   metadata {
    ///     name = "web"
    ///   }
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "kubernetes_service_account_v1" "web" {
    ///   metadata {
    ///     name = "web"
    ///   }
    ///   automount_service_account_token = false
    /// }
    /// ```
    ///
    /// Source: Kubernetes documentation, "Configure Service Accounts for Pods: opt out of API credential
    /// automounting"; the Terraform Registry page of `kubernetes_service_account_v1`.
    SaTokenAutomount {
        code: "KW426",
        name: "sa-token-automount",
        summary: "Pods get a token that they have no use for",
        severity: Medium,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "exposure",
        nhi: ["NHI6"],
        csf: ["PR.AA-05"],
        cis: ["K8S:5.1.6"],
    }
}

const NAME: &str = "automount_service_account_token";

impl Rule for SaTokenAutomount {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let is_account = |identity: &&Identity| identity.kind.starts_with("kubernetes_service_account");
        if !model.identities.iter().any(|identity| is_account(&identity)) {
            return;
        }
        let bound: HashSet<&Subject> = model.grants.iter().flat_map(|grant| &grant.subjects).collect();
        let unread = bound.contains(&Subject::Unknown) || binds_elsewhere(model);
        let mut pods: HashMap<IdentityId, Vec<&Resource>> = HashMap::new();
        for workload in &model.workloads {
            if let Subject::Identity(id) = workload.runs_as {
                pods.entry(id).or_default().push(model.resource(workload.resource));
            }
        }
        for identity in model.identities.iter().filter(is_account) {
            if !bound.contains(&Subject::Identity(identity.id)) && !is_bound_by_name(model, identity, &bound) {
                judge(cx, identity, pods.get(&identity.id).map_or(&[][..], Vec::as_slice), unread);
            }
        }
    }
}

/// Something here makes bindings that cannot be read.
fn binds_elsewhere(model: &Model) -> bool {
    let managed = model.project.resources.iter().filter(|one| one.mode == ResourceMode::Managed);
    let mut kinds = managed.map(|one| &*one.kind);
    kinds.any(|kind| matches!(kind, "helm_release" | "kubernetes_manifest" | "kubectl_manifest"))
}

fn is_bound_by_name(model: &Model, identity: &Identity, bound: &HashSet<&Subject>) -> bool {
    let Some(name) = &identity.name else { return false };
    let metadata = model.resource(identity.resource).body.block("metadata").unwrap_or_default();
    let namespace = metadata.text("namespace").unwrap_or("default").to_string();
    bound.contains(&Subject::External(format!("service account {namespace}/{name}")))
}

fn judge(cx: &mut Context<'_>, identity: &Identity, pods: &[&Resource], unread: bool) {
    let model = cx.model;
    let account = model.resource(identity.resource);
    let offers = is(&account.body, NAME, true);
    if !offers.is_yes() {
        for pod in pods {
            asks(cx, identity, pod, unread);
        }
        return;
    }
    let refuses = |pod: &Resource| switches(pod).iter().any(|value| value.as_bool() == Some(false));
    if !pods.is_empty() && pods.iter().all(|pod| refuses(pod)) {
        return;
    }
    let value = account.body.value(NAME);
    let span = value.and_then(|value| value.meta.span).unwrap_or_else(|| account.header());
    let message = format!("every pod of `{}` gets a token, although nothing is granted to it", identity.address);
    let edit = match value {
        Some(value) if !is_only_here(cx, value) => None,
        Some(value) => replace_flag(cx.shared.sources, value, false),
        None => add_argument(cx.shared.sources, account.span(), NAME, "false"),
    };
    let mut draft = cx
        .draft(SaTokenAutomount::INFO, account, NAME, span, message)
        .label("its pods mount a token")
        .identity(identity.address.clone())
        .owner(identity.owner.name())
        .environment(identity.environment.as_ref())
        .help("set `automount_service_account_token = false`");
    if let Some(value) = value {
        draft = draft.route(value);
    }
    for pod in pods.iter().take(3) {
        draft = draft.related(pod.header(), "gets the token").about_workload(pod.id);
    }
    if unread {
        draft = draft
            .persona(Persona::Strict)
            .confidence(Confidence::Medium)
            .note("charts, manifests or bindings here may grant it something that cannot be read");
    }
    if is_library(model) || is_sample(cx, model, account.header()) {
        draft = draft.persona(Persona::Strict);
    }
    let title = "Mount no token (a pod that talks to the cluster needs it)";
    let fix = edit.map(|edit| Fix::new(title.to_string(), Applicability::Unsafe, vec![edit]));
    cx.emit(draft.fix(fix.unwrap_or_else(|| Fix::manual(title))));
}

/// What the pods of a workload say of the token.
fn switches(pod: &Resource) -> Vec<Value> {
    let paths = ["spec", "spec.template.spec", "spec.job_template.spec.template.spec"];
    let found = paths.iter().flat_map(|path| pod.body.at_path(&format!("{path}.{NAME}")));
    found.map(|(_, value)| value).collect()
}

/// A pod that takes the token which its account does not offer.
fn asks(cx: &mut Context<'_>, identity: &Identity, pod: &Resource, unread: bool) {
    let Some(value) = switches(pod).into_iter().find(|value| value.as_bool() == Some(true)) else { return };
    let span = value.meta.span.unwrap_or_else(|| pod.header());
    let id: ResourceId = pod.id;
    let message = format!("`{}` mounts a token of `{}`, to which nothing is granted", pod.address, identity.address);
    let mut draft = cx
        .draft(SaTokenAutomount::INFO, pod, NAME, span, message)
        .label("mounts a token")
        .route(&value)
        .identity(identity.address.clone())
        .owner(identity.owner.name())
        .environment(identity.environment.as_ref())
        .about_workload(id)
        .help("set `automount_service_account_token = false`, as the account does");
    if unread || is_library(cx.model) {
        draft = draft.persona(Persona::Strict).confidence(Confidence::Medium);
    }
    let edit = replace_flag(cx.shared.sources, &value, false).filter(|_| is_only_here(cx, &value));
    if let Some(edit) = edit {
        let title = "Mount no token (a pod that talks to the cluster needs it)".to_string();
        draft = draft.fix(Fix::new(title, Applicability::Unsafe, vec![edit]));
    }
    cx.emit(draft);
}
