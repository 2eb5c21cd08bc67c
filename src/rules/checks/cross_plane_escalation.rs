use crate::diagnostic::{Persona, Severity};
use crate::identity::escalation::planes::{self, Entry};
use crate::identity::escalation::{Node, Path, Power, Step, StepKind, network};
use crate::identity::privilege::Holder;
use crate::identity::trust::{Federation, Issuer, Party, Via, Width};
use crate::identity::Model;
use crate::rules::privileged;
use crate::rules::{Context, Rule, RuleInfo};
use crate::source::Span;
use indexmap::IndexMap;

declare_rule! {
    /// A way leads from one plane to another and ends with an administrator: a pod whose service account becomes
    /// an administrator of the cloud, a Vault role that hands one out, a pipeline of any repository that deploys
    /// as one. Whoever gets into the weaker plane has the stronger one, and neither shows it alone.
    ///
    /// The rule follows IRSA and EKS pod identities, workload identity of GKE and AKS, federated credentials of
    /// pipelines, and secrets engines of Vault to the identity that they lead to, and on from there by every known
    /// method of escalation. A pipeline that deploys as an administrator and is limited to one repository is what
    /// it is meant to be, and for strict readers.
    ///
    /// ```hcl,bad
    /// resource "google_service_account" "admin" {
    ///   account_id = "admin"
    ///   project    = "acme"
    /// }
    ///
    /// resource "google_project_iam_member" "admin" {
    ///   project = "acme"
    ///   role    = "roles/owner"
    ///   member  = google_service_account.admin.member
    /// }
    ///
    /// resource "google_service_account_iam_member" "pod" {
    ///   service_account_id = google_service_account.admin.name
    ///   role               = "roles/iam.workloadIdentityUser"
    ///   member             = "serviceAccount:acme.svc.id.goog[web/api]"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "google_service_account" "api" {
    ///   account_id = "api"
    ///   project    = "acme"
    /// }
    ///
    /// resource "google_project_iam_member" "api" {
    ///   project = "acme"
    ///   role    = "roles/pubsub.publisher"
    ///   member  = google_service_account.api.member
    /// }
    ///
    /// resource "google_service_account_iam_member" "pod" {
    ///   service_account_id = google_service_account.api.name
    ///   role               = "roles/iam.workloadIdentityUser"
    ///   member             = "serviceAccount:acme.svc.id.goog[web/api]"
    /// }
    /// ```
    ///
    /// Source: Amazon EKS User Guide, "IAM roles for service accounts"; Google Kubernetes Engine documentation,
    /// "Workload Identity Federation for GKE"; Microsoft Entra documentation, "Workload identity federation";
    /// HashiCorp Vault documentation, "AWS secrets engine".
    CrossPlaneEscalation {
        code: "KW416",
        name: "cross-plane-escalation",
        summary: "Path from one plane to an administrator of another",
        severity: High,
        confidence: Medium,
        persona: Regular,
        fix: Manual,
        category: "escalation",
        nhi: ["NHI5"],
        csf: ["PR.AA-05", "ID.RA-05"],
        cis: [],
    }
}

const SHOWN: usize = 4;

impl Rule for CrossPlaneEscalation {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let mut by_place: IndexMap<(Span, Holder), Vec<Way<'_>>> = IndexMap::new();
        for entry in planes::entries(model) {
            let key = (entry.span, entry.target.clone());
            if let Some(way) = follow(model, entry) {
                by_place.entry(key).or_default().push(way);
            }
        }
        for ways in by_place.into_values() {
            finding(cx, &ways);
        }
    }
}

/// A way in from another plane, and on to somewhere.
struct Way<'a> {
    entry: Entry<'a>,
    path: Path<'a>,
    persona: Persona,
}

fn follow<'a>(model: &'a Model, entry: Entry<'a>) -> Option<Way<'a>> {
    let network = network(model);
    let start = network.find(&entry.from)?;
    let to = network.find(&Node::Holder(entry.target.clone()))?;
    let strong = [Power::Admin, Power::AnyIdentity];
    let paths = strong.into_iter().filter_map(|power| network.path(to, power));
    let mut onward = paths.filter(|path| path.steps.iter().all(|(_, node)| *node != start));
    let path = onward.next()?;
    let persona = audience(&entry, &path);
    Some(Way { entry, path, persona })
}

fn audience(entry: &Entry<'_>, path: &Path<'_>) -> Persona {
    let sure = entry.certainty.is_yes() && path.steps.iter().all(|(step, _)| step.certain);
    match entry.party {
        _ if !sure => Persona::Strict,
        // People sign in through these, and administrators among them.
        Party::Federated(it) if matches!(it.issuer, Issuer::Saml | Issuer::Cognito) => Persona::Auditor,
        Party::Federated(it) if is_pipeline(it.issuer) && !is_wide(it) => Persona::Strict,
        _ => Persona::Regular,
    }
}

fn is_pipeline(issuer: Issuer) -> bool {
    matches!(
        issuer,
        Issuer::GitHub
            | Issuer::GitLab
            | Issuer::Bitbucket
            | Issuer::CircleCi
            | Issuer::Buildkite
            | Issuer::TerraformCloud
    )
}

/// More than repositories or workspaces that belong together.
fn is_wide(federation: &Federation) -> bool {
    federation.width.is_some_and(|width| width >= Width::Organization)
}

fn finding(cx: &mut Context<'_>, ways: &[Way<'_>]) {
    let model = cx.model;
    let Some(way) = ways.iter().min_by_key(|way| way.persona) else { return };
    let entry = &way.entry;
    let (who, target) = (named(model, &entry.from), entry.target.describe(model));
    let message = format!("{who} becomes {target}, which {}", ending(model, way));
    let resource = model.resource(entry.resource);
    let admin = way.path.goal.power == Power::Admin;
    let holders = [&entry.target];
    let mut draft = cx
        .draft(CrossPlaneEscalation::INFO, resource, "", entry.span, message)
        .label(label(entry.via))
        .severity(if admin { Severity::High } else { Severity::Medium })
        .persona(way.persona)
        .identity(who.replace('`', ""))
        .owner(privileged::owner(model, &holders))
        .environment(privileged::environment(model, &holders))
        .about(&entry.target.subject)
        .help(help(entry));
    if let Node::Holder(from) = &entry.from {
        draft = draft.about(&from.subject);
    }
    let mut at = target;
    for (step, to) in way.path.steps.iter().take(SHOWN) {
        if let Some(evidence) = step.evidence.first() {
            draft = draft.related(evidence.span, format!("{at} {}", step.text));
        }
        at = named(model, network(model).get(*to));
    }
    for limit in entry.limits {
        draft = draft.note(format!("taken into account: {limit}"));
    }
    // Where the identity escalates by itself, that is the mistake, and this is a part of it.
    let escalates = way.path.steps.iter().find(|(step, _)| step.kind == StepKind::Escalates);
    if let Some(root) = escalates.and_then(|(step, _)| step.evidence.first()?.root) {
        draft = draft.root(root);
    }
    cx.emit(draft);
}

/// What the identity in the other plane comes to.
fn ending(model: &Model, way: &Way<'_>) -> String {
    let mut text = String::new();
    for (step, to) in way.path.steps.iter().take(SHOWN) {
        match (step.kind, network(model).get(*to)) {
            (StepKind::Is, Node::Goal(_)) if is_implied(step) => {}
            (StepKind::Is, Node::Holder(holder)) => {
                text.push_str(&format!(", {} among them", holder.describe(model)));
            }
            _ if text.is_empty() => text.push_str(&step.text),
            _ => text.push_str(&format!(", which {}", step.text)),
        }
    }
    text
}

/// That a class has what it is called after goes without saying.
fn is_implied(step: &Step) -> bool {
    step.evidence.is_empty()
}

fn named(model: &Model, node: &Node) -> String {
    match node {
        Node::Holder(holder) => holder.describe(model),
        Node::Outsider(name) | Node::Class(name) => name.clone(),
        Node::Goal(goal) => goal.place.clone(),
        _ => "whoever gets the policy".to_string(),
    }
}

fn label(via: Via) -> &'static str {
    match via {
        Via::WebIdentity | Via::FederatedCredential | Via::Impersonation => "lets it in from another plane",
        Via::PodIdentity => "gives the pod this role",
        Via::Vault => "hands out this identity",
        _ => "who may become it",
    }
}

fn help(entry: &Entry<'_>) -> String {
    let text = match entry.party {
        Party::Federated(it) if it.issuer == Issuer::Kubernetes => {
            "give the pod an identity of its own with what its code calls"
        }
        Party::Federated(it) if is_pipeline(it.issuer) => {
            "limit the subject to one repository and branch or environment, and let others plan with a role that \
             only reads"
        }
        _ if entry.via == Via::Vault => "let Vault hand out a role with what the task takes",
        _ => "grant the identity what it is used for, or narrow who may become it",
    };
    text.to_string()
}
