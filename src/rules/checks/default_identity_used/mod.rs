mod containers;
mod mend;

use crate::diagnostic::{Fix, Persona, Severity};
use crate::eval::value::Value;
use crate::eval::{BlockValue, Resource, ResourceMode};
use crate::identity::exposure::is;
use crate::identity::{Model, Subject};
use crate::rules::surroundings::{is_library, is_sample};
use crate::rules::{Context, Rule, RuleInfo, exposed};
use crate::source::Span;

declare_rule! {
    /// A workload names no identity of its own and runs as the one that everything without an identity runs
    /// as. What one of them needs all of them may do, none can be told apart in the audit log, and none can be
    /// retired alone. The default service accounts of Google Cloud may be Editor of the whole project.
    ///
    /// Reported are, on Google Cloud, instances, templates, clusters, node pools, functions, and Cloud Run
    /// services and jobs without a service account, or with the default one named; and on Kubernetes, pods of
    /// the default service account that get its token; on AWS, tasks of ECS without a task role on instances whose
    /// role has more than the agent needs, since a container can become the role of its instance. An instance without a `service_account` block has no
    /// identity and is left out, and so are pods that mount no token.
    ///
    /// Clusters in Autopilot mode, modules without their callers and samples are shown to a strict reader.
    ///
    /// Give each workload a service account of its own, with the roles that its code needs.
    /// Where CODEOWNERS says whose it will be, the fix makes one and attaches it; roles are left to the reader. A pod
    /// whose account may do nothing gets no token.
    ///
    /// ```hcl,bad
    /// resource "google_cloud_run_v2_service" "web" {
    ///   name     = "web"
    ///   location = "europe-west1"
    ///   template {
    ///     containers {
    ///       image = "europe-docker.pkg.dev/p/r/web"
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "google_service_account" "web" {
    ///   account_id = "web"
    /// }
    ///
    /// resource "google_cloud_run_v2_service" "web" {
    ///   name     = "web"
    ///   location = "europe-west1"
    ///   template {
    ///     service_account = google_service_account.web.email
    ///     containers {
    ///       image = "europe-docker.pkg.dev/p/r/web"
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// Source: Google Cloud IAM documentation, "Default service accounts"; Cloud Run documentation, "Service
    /// identity"; Amazon ECS Developer Guide, "Amazon ECS task IAM role"; Kubernetes documentation, "Configure Service Accounts for Pods".
    DefaultIdentityUsed {
        code: "KW425",
        name: "default-identity-used",
        summary: "Workload runs as the default identity",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "exposure",
        nhi: ["NHI9", "NHI5"],
        csf: ["PR.AA-01"],
        cis: ["GCP4:4.1", "GCP5:4.1", "GCP5:4.2", "K8S:5.1.5"],
    }
}

impl Rule for DefaultIdentityUsed {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let managed = || model.project.resources.iter().filter(|one| one.mode == ResourceMode::Managed);
        let switched_off = managed().any(|one| {
            one.kind.starts_with("kubernetes_default_service_account")
                && is(&one.body, "automount_service_account_token", true).is_no()
        });
        let granted = model.grants.iter().flat_map(|grant| &grant.subjects).any(is_default_account);
        let library = is_library(model);
        for resource in managed() {
            let found = match &*resource.kind {
                kind if kind.starts_with("google_") => google(model, resource),
                kind if kind.starts_with("kubernetes_") && !switched_off => pods(resource, granted),
                _ => None,
            };
            if let Some(found) = found {
                report(cx, resource, &found, library);
            }
        }
        containers::tasks(cx);
    }
}

struct Found {
    span: Span,
    attribute: &'static str,
    label: &'static str,
    account: &'static str,
    value: Option<Value>,
    severity: Severity,
    persona: Persona,
}

impl Found {
    fn new(span: Span, attribute: &'static str, account: &'static str) -> Self {
        Found {
            span,
            attribute,
            label: "names no service account",
            account,
            value: None,
            severity: Severity::High,
            persona: Persona::Regular,
        }
    }
}

const COMPUTE: &str = "the default service account of Compute Engine";
const APP_ENGINE: &str = "the default service account of App Engine";

fn google(model: &Model, resource: &Resource) -> Option<Found> {
    let body = &resource.body;
    match &*resource.kind {
        "google_compute_instance" | "google_compute_instance_template" | "google_compute_region_instance_template" => {
            let account = body.block("service_account").filter(|block| !block.any)?;
            let mut found = named(model, resource, &account, "email", "service_account.email", COMPUTE)?;
            if !has_all_scopes(&account) {
                found.severity = Severity::Medium;
            }
            Some(found)
        }
        "google_container_node_pool" => node_config(model, resource, body),
        "google_container_cluster" => cluster(model, resource),
        "google_cloudfunctions_function" => {
            named(model, resource, body, "service_account_email", "service_account_email", APP_ENGINE)
        }
        "google_cloudfunctions2_function" => {
            let config = body.block("service_config").unwrap_or_default();
            let attribute = "service_config.service_account_email";
            named(model, resource, &config, "service_account_email", attribute, COMPUTE)
        }
        "google_cloud_run_service" => {
            let template = body.block("template").and_then(|block| block.block("spec")).unwrap_or_default();
            let attribute = "template.spec.service_account_name";
            named(model, resource, &template, "service_account_name", attribute, COMPUTE)
        }
        "google_cloud_run_v2_service" | "google_cloud_run_v2_worker_pool" => {
            let template = body.block("template").unwrap_or_default();
            named(model, resource, &template, "service_account", "template.service_account", COMPUTE)
        }
        "google_cloud_run_v2_job" => {
            let template = body.block("template").and_then(|block| block.block("template")).unwrap_or_default();
            named(model, resource, &template, "service_account", "template.template.service_account", COMPUTE)
        }
        _ => None,
    }
}

/// Access scopes that leave the roles of the account as they are.
fn has_all_scopes(account: &BlockValue) -> bool {
    let scopes = account.value("scopes").map(Value::as_slice).unwrap_or_default();
    scopes.iter().filter_map(Value::as_str).any(|scope| scope.ends_with("cloud-platform"))
}

/// An account that is not named, or is the default one.
fn named(
    model: &Model,
    resource: &Resource,
    body: &BlockValue,
    name: &str,
    attribute: &'static str,
    account: &'static str,
) -> Option<Found> {
    if body.any {
        return None;
    }
    let Some(value) = body.value(name) else {
        let span = body.header.filter(|_| attribute.contains('.')).unwrap_or_else(|| resource.header());
        return Some(Found::new(span, attribute, account));
    };
    let is_default = match value.as_str() {
        Some(text) => {
            matches!(text, "" | "default")
                || text.ends_with("-compute@developer.gserviceaccount.com")
                || text.ends_with("@appspot.gserviceaccount.com")
        }
        None => {
            let refs = value.deep_refs();
            let mut kinds = refs.iter().map(|one| &*model.resource(one.resource).kind);
            let by_name = ends_with(value, "-compute@developer.gserviceaccount.com");
            by_name || kinds.any(|kind| kind == "google_compute_default_service_account" || kind == "google_app_engine_default_service_account")
        }
    };
    is_default.then(|| Found {
        label: "the default service account",
        value: Some(value.clone()),
        ..Found::new(value.meta.span.unwrap_or_else(|| resource.header()), attribute, account)
    })
}

/// `"${data.google_project.p.number}-compute@developer.gserviceaccount.com"`
fn ends_with(value: &Value, end: &str) -> bool {
    let parts = value.parts().unwrap_or_default();
    matches!(parts.last(), Some(crate::eval::value::Part::Text(text)) if text.as_str().ends_with(end))
}

fn node_config(model: &Model, resource: &Resource, body: &BlockValue) -> Option<Found> {
    let config = body.block("node_config").unwrap_or_default();
    let mut found = named(model, resource, &config, "service_account", "node_config.service_account", COMPUTE)?;
    found.account = "the default service account of Compute Engine";
    Some(found)
}

/// The nodes that a cluster makes itself.
fn cluster(model: &Model, resource: &Resource) -> Option<Found> {
    let body = &resource.body;
    if is(body, "remove_default_node_pool", false).is_possible() {
        return None;
    }
    if is(body, "enable_autopilot", false).is_possible() {
        let scaling = body.block("cluster_autoscaling").unwrap_or_default();
        let defaults = scaling.block("auto_provisioning_defaults").unwrap_or_default();
        let attribute = "cluster_autoscaling.auto_provisioning_defaults.service_account";
        let found = named(model, resource, &defaults, "service_account", attribute, COMPUTE)?;
        return Some(Found { persona: Persona::Strict, ..found });
    }
    let pools = body.blocks("node_pool");
    match pools.is_empty() {
        true => node_config(model, resource, body),
        false => pools.iter().find_map(|pool| node_config(model, resource, pool)),
    }
}

/// The pod specification of a workload.
fn pod_spec(resource: &Resource) -> Option<BlockValue> {
    let spec = resource.body.block("spec")?;
    let kind = resource.kind.trim_end_matches("_v1").trim_end_matches("_v1beta1");
    let of_template = |spec: BlockValue| spec.block("template")?.block("spec");
    match kind {
        "kubernetes_pod" => Some(spec),
        "kubernetes_deployment" | "kubernetes_stateful_set" | "kubernetes_daemonset" | "kubernetes_daemon_set"
        | "kubernetes_job" | "kubernetes_replication_controller" => of_template(spec),
        "kubernetes_cron_job" => of_template(spec.block("job_template")?.block("spec")?),
        _ => None,
    }
}

/// The default account of some namespace.
fn is_default_account(subject: &Subject) -> bool {
    matches!(subject, Subject::External(text) if text.starts_with("service account ") && text.ends_with("/default"))
}

fn pods(resource: &Resource, granted: bool) -> Option<Found> {
    let spec = pod_spec(resource)?;
    if spec.any || !is(&spec, "automount_service_account_token", true).is_yes() {
        return None;
    }
    let value = spec.value("service_account_name").or(spec.value("service_account"));
    if value.is_some_and(|value| value.as_str() != Some("default")) {
        return None;
    }
    let span = value.and_then(|value| value.meta.span).or(spec.header).unwrap_or_else(|| resource.header());
    let mut found = Found::new(span, "spec.service_account_name", "the default service account of its namespace");
    found.value = value.cloned();
    // By itself it may do nothing but find out about the API.
    if !granted {
        found.severity = Severity::Medium;
    }
    Some(found)
}

fn report(cx: &mut Context<'_>, resource: &Resource, found: &Found, library: bool) {
    let model = cx.model;
    let message = format!("`{}` runs as {}", resource.address, found.account);
    let fix = match resource.kind.starts_with("google_") {
        true => mend::own_account(cx, resource, found),
        // What is granted to the default account may be what it uses.
        false if found.severity == Severity::Medium => mend::no_token(cx, pod_spec(resource).as_ref()),
        false => None,
    };
    let manual = || Fix::manual(format!("Make a service account for `{}` and attach it", resource.address));
    let mut draft = cx
        .draft(DefaultIdentityUsed::INFO, resource, found.attribute, found.span, message)
        .label(found.label)
        .severity(found.severity)
        .persona(found.persona)
        .identity(found.account)
        .environment(exposed::environment(model, resource.id))
        .about_workload(resource.id)
        .help("make a service account for it, with the roles that its code needs, and attach that")
        .fix(fix.unwrap_or_else(manual));
    if let Some(value) = &found.value {
        draft = draft.route(value);
    }
    if found.severity == Severity::High && resource.kind.starts_with("google_") {
        draft = draft.note("unless the organization forbids it, Google Cloud grants this account Editor of the project");
    }
    if library || is_sample(cx, model, resource.header()) {
        draft = draft.persona(Persona::Strict);
    }
    cx.emit(draft);
}
